/** PostgreSQL and Redis of a benchmark's own: in folders of their own, on free ports of loopback, flushed to disk as they are by default. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { cpuMs } from './process.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until it works; the last reason when it does not. */
async function untilUp(ask) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 400) throw error;
      await pause(50);
    }
  }
}

async function end(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await gone;
}

/** Starts a PostgreSQL. `database(name)` makes one and gives its URL; `cpu()` is that of all its processes so far, in ms. */
export async function startPostgres() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error('PostgreSQL is not installed (apt-get install postgresql).');
  const bin = join('/usr/lib/postgresql', newest, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'ringback-bench-pg-'));
  // It does not run as root.
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const who = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const options = ['-D', data, '-U', 'ringback', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(join(bin, 'initdb'), options, { ...who, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'shared_buffers=512MB'];
  const child = spawn(join(bin, 'postgres'), args, { ...who, cwd: folder, stdio: 'ignore' });
  const url = (name) => `postgres://ringback@127.0.0.1:${port}/${name}`;
  const client = await untilUp(async () => {
    const one = new pg.Client({ connectionString: url('postgres') });
    await one.connect();
    return one;
  });
  return {
    url,
    database: async (name) => {
      await client.query(`CREATE DATABASE ${name}`);
      return url(name);
    },
    /** CPU of the server (ms), bytes that it has written to its log, transactions committed in this database. */
    counters: async (name) => {
      const { rows } = await client.query(
        `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal,
           (SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = $1) AS commits`,
        [name],
      );
      return { cpu: cpuOfTree(child.pid), wal: rows[0].wal, commits: rows[0].commits };
    },
    /** What is kept of one call and of one webhook, with its indices, in KiB. */
    sizes: async (name) => {
      const inside = new pg.Client({ connectionString: url(name) });
      await inside.connect();
      const { rows } = await inside.query(
        `SELECT (SELECT count(*) FROM records)::float8 AS calls, (SELECT count(*) FROM events)::float8 AS webhooks,
           pg_total_relation_size('records')::float8 AS record, pg_total_relation_size('history')::float8 AS history,
           (pg_total_relation_size('events') + pg_total_relation_size('attempts'))::float8 AS webhook`,
      );
      await inside.end();
      const [{ calls, webhooks, record, history, webhook }] = rows;
      const each = (bytes, n) => bytes / 1024 / Math.max(1, n);
      return { record: each(record, calls), history: each(history, calls), webhook: each(webhook, webhooks) };
    },
    stop: async () => {
      await client.end();
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a Redis, or a Valkey, that keeps nothing on disk. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { cwd: tmpdir(), stdio: 'ignore' });
  const failed = new Promise((_, reject) => {
    child.once('error', () => reject(new Error('Redis is not installed (apt-get install redis-server).')));
  });
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  await Promise.race([client.ping(), failed]);
  return {
    url,
    /** CPU (ms), and commands run so far. */
    counters: async () => {
      const commands = /total_commands_processed:(\d+)/.exec(await client.info('stats'));
      return { cpu: cpuMs(child.pid), commands: Number(commands?.[1]) };
    },
    stop: async () => {
      client.disconnect();
      await end(child);
    },
  };
}

/** CPU of a process, its children that run, and those that have ended, in ms. */
function cpuOfTree(pid) {
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      // Fields 4 and 14 to 17 of proc(5).
      if (Number(name) === pid) sum += (fields[11] + fields[12] + fields[13] + fields[14]) * 10;
      else if (fields[1] === pid) sum += (fields[11] + fields[12]) * 10;
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
