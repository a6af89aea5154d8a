import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

/** Where Debian, and most others, put the programs of PostgreSQL; undefined when they are not here. */
export function postgresPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** The one of this process. */
let shared: Promise<PostgresServer> | undefined;

/** A PostgreSQL server of the test's own: in a folder of its own, on a free port of loopback. */
export class PostgresServer {
  readonly #bin: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ReturnType<typeof spawn> | undefined;
  #databases = 0;
  /** By this a primary knows the replica. */
  #name = '';

  private constructor(bin: string, folder: string, port: number) {
    this.#bin = bin;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(): Promise<PostgresServer> {
    const { bin, folder } = prepare();
    // A collation that is not that of bytes, as most installations have one: what depends on it would show.
    const options = [
      '-D',
      join(folder, 'data'),
      '--no-sync',
      '-U',
      'ringback',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--locale-provider=icu',
      '--icu-locale=en',
    ];
    execFileSync(join(bin, 'initdb'), options, { ...userOf(), cwd: folder, stdio: 'pipe' });
    const server = new PostgresServer(bin, folder, await freePort());
    await server.run();
    return server;
  }

  /** One for all tests of this process that need no more than a database; it ends with the process, however that ends. */
  static shared(): Promise<PostgresServer> {
    shared ??= PostgresServer.start().then((server) => {
      server.#endWithUs();
      return server;
    });
    return shared;
  }

  /** A server that follows this one and answers questions; `synchronous_standby_names` may name it. */
  async replica(name: string): Promise<PostgresServer> {
    const { bin, folder } = prepare();
    const source = `host=127.0.0.1 port=${this.port} user=ringback`;
    const options = ['-D', join(folder, 'data'), '-d', source, '-R', '-X', 'stream', '--checkpoint=fast'];
    await promisify(execFile)(join(bin, 'pg_basebackup'), options, { ...userOf(), cwd: folder });
    const server = new PostgresServer(bin, folder, await freePort());
    server.#name = name;
    await server.run();
    return server;
  }

  /** The replica becomes a server that is written to. */
  async promote(): Promise<void> {
    await this.ask('SELECT pg_promote(true, 30)');
  }

  get port(): number {
    return this.#port;
  }

  /** Starts the process, and waits until it takes connections. */
  async run(): Promise<void> {
    const args = ['-D', join(this.#folder, 'data'), '-p', String(this.#port), '-k', this.#folder, '-h', '127.0.0.1'];
    // Flushes cost these tests their time and prove nothing: the machine does not lose power under them.
    const name = this.#name === '' ? [] : ['-c', `cluster_name=${this.#name}`];
    this.#process = spawn(join(this.#bin, 'postgres'), [...args, '-F', ...name], {
      ...userOf(),
      cwd: this.#folder,
      stdio: 'ignore',
    });
    for (let tries = 0; ; tries += 1) {
      const client = new pg.Client({ connectionString: this.url('postgres') });
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (tries === 200) throw error;
        await sleep(50);
      }
    }
  }

  url(database: string): string {
    return `postgres://ringback@127.0.0.1:${this.#port}/${database}`;
  }

  /** A new, empty database; its URL. */
  async database(): Promise<string> {
    this.#databases += 1;
    const name = `test${this.#databases}`;
    await this.ask(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** Removes a database of this server, with whoever is still connected. */
  async drop(url: string): Promise<void> {
    await this.ask(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }

  /** Cuts all connections of others, as a restart would. */
  async cut(): Promise<void> {
    await this.ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
  }

  /** `SIGINT` ends it at once with all its connections; `SIGKILL` as a crash. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** A shell waits for the end of its input, which comes with the end of this process, and clears away. */
  #endWithUs(): void {
    const child = this.#process;
    if (child?.pid === undefined) return;
    const script = 'read -r _; kill -INT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
    const guard = spawn('sh', ['-c', script, 'guard', String(child.pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.unref();
    guard.unref();
    (guard.stdin as Socket).unref();
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Asks as its owner, by a connection of its own, in this database. */
  async ask<Row extends pg.QueryResultRow>(sql: string, database = 'postgres'): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    // One that is ended under it has said so already.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

/** The programs, and an empty folder that PostgreSQL may write to. */
function prepare(): { readonly bin: string; readonly folder: string } {
  const bin = postgresPrograms();
  if (bin === undefined) throw new Error('PostgreSQL is not installed (apt-get install postgresql).');
  const folder = mkdtempSync(join(tmpdir(), 'ringback-pg-'));
  const who = userOf();
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid ?? who.uid);
  chmodSync(folder, 0o700);
  return { bin, folder };
}

/** PostgreSQL does not run as root. */
function userOf(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
