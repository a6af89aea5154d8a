import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errors } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { until } from '../../e2e/support/ringback.ts';
import { environmentName, settingKeys } from '../../packages/server/src/config/settings.ts';
import { Metrics } from '../../packages/server/src/observe/metrics.ts';
import { notRoot } from '../../packages/server/test/support/not-root.ts';
import { dashboard } from '../../scripts/lib/dashboard.mjs';

const root = join(import.meta.dirname, '../..');
const deploy = join(root, 'deploy');
const read = (path: string): string => readFileSync(join(deploy, path), 'utf8');
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** For `it.skipIf`: says loudly why tests do not run. */
function noMounts(): boolean {
  if (notRoot()) return true;
  if (has('setpriv') && spawnSync('unshare', ['-m', 'true']).status === 0) return false;
  console.warn(
    '\n*** Tests with file systems of their own are SKIPPED: unshare or setpriv is not there, or unshare is refused here. ***\n',
  );
  return true;
}

const hasNoMounts = noMounts();

/** Names of all metrics that a server has, with the series that histograms come as. */
async function metricNames(): Promise<ReadonlySet<string>> {
  const text = await new Metrics().text();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set([...names, 'up']);
}

/** What an expression of Prometheus looks at. */
const metricsIn = (expr: string): readonly string[] => expr.match(/\b(?:ringback|nodejs|process)_\w+/g) ?? [];

describe('the dashboard', () => {
  it('shows metrics that there are, and each of our own at least once', async () => {
    const names = await metricNames();
    const shown = dashboard.panels.flatMap((panel) =>
      ((panel as { targets?: { expr: string }[] }).targets ?? []).flatMap(({ expr }) => metricsIn(expr)),
    );
    expect(shown.filter((name) => !names.has(name))).toEqual([]);
    expect(shown.length).toBeGreaterThan(25);
  });

  it('has no two panels in one place', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('the alerts', () => {
  const { groups } = parse(read('prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);

  it('look at metrics that there are, and say what to do', async () => {
    const names = await metricNames();
    for (const { alert, expr, annotations } of rules) {
      expect([alert, metricsIn(expr).filter((name) => !names.has(name))]).toEqual([alert, []]);
      expect(annotations).toEqual({ summary: expect.any(String), action: expect.any(String) });
    }
  });

  it('know every code of a failure of our own', () => {
    const codes = Object.entries(errors)
      .filter(([name]) => /(^|_)internal$/.test(name) || name === 'overloaded')
      .map(([, { code }]) => String(code))
      .sort();
    const rule = rules.find(({ alert }) => alert === 'RingbackInternalErrors');
    expect(
      /code=~"([\d|]+)"/
        .exec(rule?.expr ?? '')?.[1]
        ?.split('|')
        .sort(),
    ).toEqual(codes);
  });

  it('fire when they should, and else not', () => {
    const run = spawnSync('promtool', ['test', 'rules', 'alerts.test.yaml'], {
      cwd: join(deploy, 'prometheus'),
      encoding: 'utf8',
    });
    expect(`${run.stdout}${run.stderr}`).toContain('SUCCESS');
    expect(run.status).toBe(0);
  });
});

describe('what runs Ringback', () => {
  it('is told settings that there are', () => {
    const known = new Set(settingKeys.flatMap((key) => [environmentName(key), `${environmentName(key)}_FILE`]));
    known.add('RINGBACK_CONFIG');
    const files = readdirSync(deploy, { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && !one.parentPath.startsWith(join(deploy, 'test')),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const one of files) {
      const path = join(one.parentPath, one.name);
      // Of templates the names of variables are put together; their test looks at the result.
      const used = readFileSync(path, 'utf8').match(/\bRINGBACK_[A-Z_]*[A-Z]\b/g) ?? [];
      expect([path, used.filter((name) => !known.has(name))]).toEqual([path, []]);
    }
  });

  it('is a unit that systemd takes, with little to attack', () => {
    const unit = join(deploy, 'systemd/ringback.service');
    // A stop is told to the server alone, which needs its SFU until it has ended what goes on.
    expect(readFileSync(unit, 'utf8')).toMatch(/^KillMode=mixed$/m);
    expect(execFileSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })).toBe('');
    const rating = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(rating).toContain('OK');
  });

  it('is a compose file whose container writes nothing but its data', () => {
    const { services, volumes } = parse(read('compose/one-node.yaml'));
    const { ringback } = services;
    expect(ringback).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(existsSync(join(deploy, 'compose', ringback.build.context, ringback.build.dockerfile))).toBe(true);
    expect(Object.keys(volumes)).toEqual(['data']);
    const dockerfile = read('docker/Dockerfile');
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    const published = (ringback.ports as string[]).map((one) => one.split(':').at(-1) ?? '');
    expect(published.filter((port) => port !== '9464' && !exposed.includes(port))).toEqual([]);
    // Every package of the workspace is known before `npm ci`.
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const one of workspaces) expect(dockerfile).toContain(`COPY ${one}/package.json ${one}/`);
  });
});

describe('three nodes with compose', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-compose-'));
  const file = parse(read('compose/three-nodes.yaml'), { merge: true, uniqueKeys: true });
  const nodes = ['ringback-1', 'ringback-2', 'ringback-3'];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('run without rights on file systems that they cannot write, and come back by themselves', () => {
    for (const [name, service] of Object.entries<Record<string, unknown>>(file.services)) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({
          read_only: true,
          restart: 'unless-stopped',
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        }),
      ]);
    }
  });

  it('have a directory and a media port each, the balancer in front, and databases that nobody outside reaches', () => {
    const { services, networks, volumes } = file;
    const mounted = nodes.flatMap((name) => services[name].volumes.map((one: string) => one.split(':')[0]));
    expect([...mounted, 'postgres'].sort()).toEqual(Object.keys(volumes).sort());
    for (const name of nodes) {
      const { environment, ports } = services[name];
      const port = environment.RINGBACK_MEDIA_SFU_PORT;
      expect(ports).toEqual([`${port}:${port}/udp`]);
      expect(environment.RINGBACK_GATEWAY_TRUST_PROXY).toBe(services.balancer.networks.inside.ipv4_address);
    }
    expect(new Set(nodes.map((name) => services[name].ports[0])).size).toBe(3);
    expect(networks.inside.internal).toBe(true);
    for (const name of ['postgres', 'redis']) {
      expect([name, services[name].networks, services[name].ports]).toEqual([name, ['inside'], undefined]);
    }
    const asked = [...read('balancer/haproxy.cfg').matchAll(/^ *server (\S+) (\S+)$/gm)].map(
      ([, , address]) => address,
    );
    expect(asked).toEqual([...nodes, ...nodes].map((name) => `${name}:8080`));
    expect(services.postgres.command).toContain('-csynchronous_commit=on');
    // Eleven connections of each, one node more during an upgrade, and some to look.
    const most = services.postgres.command.map((one: string) => /max_connections=(\d+)/.exec(one)?.[1]).find(Boolean);
    expect(Number(most)).toBeGreaterThanOrEqual(4 * 11 + 10);
  });

  it('name their secrets as files, which the script makes once', async () => {
    const secrets = join(folder, 'secrets');
    const script = join(deploy, 'compose/make-secrets.sh');
    execFileSync(script, [secrets]);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    const named = Object.values<{ file: string }>(file.secrets).map((one) => one.file.replace('./secrets/', ''));
    expect(readdirSync(secrets).sort()).toEqual(named.sort());
    for (const service of Object.values<{ secrets?: string[] }>(file.services)) {
      for (const one of service.secrets ?? []) expect(Object.keys(file.secrets)).toContain(one);
    }
    const secret = (name: string): string => readFileSync(join(secrets, name), 'utf8');
    const { environment } = file.services['ringback-1'];
    expect(environment.RINGBACK_DATABASE_FILE).toBe('/run/secrets/database-url');
    expect(secret('database-url')).toBe(`postgres://ringback:${secret('postgres-password')}@postgres:5432/ringback`);
    expect(secret('postgres-password')).toMatch(/^[0-9a-f]{48}$/);
    const password = /^redis:\/\/:([0-9a-f]{48})@redis:6379$/.exec(secret('redis-url'))?.[1];
    expect(secret('redis.conf')).toContain(`requirepass ${password}\n`);
    // A second run would lock everybody out of the database that has the first passwords.
    const again = spawnSync(script, [secrets], { encoding: 'utf8' });
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('exists')]);
  });

  it.skipIf(hasNoMounts)('are given secrets that their program takes, whoever made them', () => {
    const secrets = join(folder, 'for-a-node');
    execFileSync(join(deploy, 'compose/make-secrets.sh'), [secrets]);
    chownSync(secrets, 1234, 1234);
    for (const name of readdirSync(secrets)) chownSync(join(secrets, name), 1234, 1234);
    const { environment, secrets: given } = file.services['ringback-1'];
    const env = { ...environment, RINGBACK_MEDIA_SFU_ANNOUNCE: '203.0.113.7' };
    // As the container has it: a /run of its own with one file of the host a secret, and a user who is not their owner.
    const script = [
      'set -e; mount -t tmpfs none /run; mkdir /run/secrets',
      ...given.map(
        (name: string) => `: > /run/secrets/${name}; mount --bind '${secrets}/${name}' /run/secrets/${name}`,
      ),
      'exec "$0" --input-type=module -e "$1"',
    ];
    const load = pathToFileURL(join(root, 'packages/server/dist/config/load.js'));
    const program = `
      const { loadSettings } = await import('${load}');
      process.setgid(65534);
      process.setuid(65534);
      const { settings } = loadSettings({ flags: { data: '/data' }, env: ${JSON.stringify(env)} });
      console.log(settings.database, settings.redis);
    `;
    const run = spawnSync('unshare', ['-m', 'sh', '-c', script.join('\n'), process.execPath, program], {
      encoding: 'utf8',
    });
    const kept = ['database-url', 'redis-url'].map((name) => readFileSync(join(secrets, name), 'utf8'));
    expect([run.stderr, run.stdout]).toEqual(['', `${kept.join(' ')}\n`]);
  });

  it('have a Redis that takes its configuration and asks for the password', async () => {
    const secrets = join(folder, 'for-redis');
    execFileSync(join(deploy, 'compose/make-secrets.sh'), [secrets]);
    const socket = join(folder, 'redis.sock');
    const args = [join(secrets, 'redis.conf'), '--port', '0', '--unixsocket', socket];
    const redis = spawn('redis-server', args, { cwd: folder, stdio: 'ignore' });
    const gone = new Promise((resolve) => redis.once('exit', resolve));
    const url = readFileSync(join(secrets, 'redis-url'), 'utf8');
    const ask = (env: NodeJS.ProcessEnv): string =>
      spawnSync('redis-cli', ['-s', socket, 'ping'], { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout;
    try {
      await until(() => (ask({}).includes('NOAUTH') ? undefined : 'not there yet'), 30_000);
      expect(ask({ REDISCLI_AUTH: new URL(url).password })).toBe('PONG\n');
    } finally {
      redis.kill();
      await gone;
    }
  });
});

describe('the scripts', () => {
  it('are what every shell understands', () => {
    const scripts = ['compose/make-secrets.sh', 'backup/postgres.sh'].map((path) => join(deploy, path));
    execFileSync('shellcheck', ['--shell=sh', ...scripts]);
    for (const path of scripts) expect(statSync(path).mode & 0o111).toBe(0o111);
  });
});

describe('the tree that images hold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-tree-'));
  const tree = join(folder, 'app');
  const data = join(folder, 'data');

  beforeAll(() => {
    execFileSync(process.execPath, [join(root, 'scripts/image-tree.mjs'), tree], { stdio: 'ignore' });
    mkdirSync(data, { mode: 0o700 });
    // Temporary folders are their maker's alone; the user without rights must get at the program.
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the program, its licences, and nothing of those who develop it', () => {
    const names = readdirSync(join(tree, 'node_modules'));
    expect(names).toContain('fastify');
    for (const name of ['vitest', 'vite', 'typescript', 'playwright-core', 'fast-check'])
      expect(names).not.toContain(name);
    expect(readdirSync(tree).sort()).toEqual(['LICENSE', 'NOTICE', 'node_modules', 'packages']);
    expect(existsSync(join(tree, 'packages/server/src'))).toBe(false);
  });

  it('is refused where it would be mixed with something else', () => {
    const run = spawnSync(process.execPath, [join(root, 'scripts/image-tree.mjs'), folder], { encoding: 'utf8' });
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('is not empty')]);
  });

  it.skipIf(hasNoMounts)(
    'runs as a user without rights, on a file system that it cannot write but for its data',
    async () => {
      chownSync(data, 65_534, 65_534);
      const flags = `--dev --data '${data}' --http 127.0.0.1:0 --https off --ops off`;
      const script = [
        'set -e',
        `mount --bind / /mnt && mount -o remount,ro,bind /mnt`,
        `mount --bind '${data}' '/mnt${data}' && mount --bind /dev /mnt/dev && mount --bind /proc /mnt/proc`,
        `exec chroot /mnt setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs '${process.execPath}' '${tree}/packages/server/bin/ringback.mjs' serve ${flags}`,
      ];
      const child = spawn('unshare', ['-m', 'sh', '-c', script.join('\n')], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      const started = new Promise<void>((resolve, reject) => {
        const heard = (text: Buffer): void => {
          output += String(text);
          if (output.includes('sfu ready')) resolve();
        };
        child.stdout.on('data', heard);
        child.stderr.on('data', heard);
        child.once('exit', () => reject(new Error(output)));
      });
      const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
      try {
        await started;
      } finally {
        child.kill();
        await gone;
      }
      expect(await gone).toBe(0);
      expect(existsSync(join(data, 'ringback.db'))).toBe(true);
    },
  );
});
