import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeUserSig } from '../../src/auth/usersig.ts';
import { DataLock } from '../../src/stores/data-lock.ts';
import { SqliteOutbox } from '../../src/stores/sqlite-outbox.ts';
import { parsed, type Ran, ringback } from '../support/cli.ts';

const key = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

let folder: string;

const home = process.cwd();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-cli-'));
  // The usual data directory is the one below the working directory.
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

describe('the command line', () => {
  it('--version prints the version', async () => {
    expect(await ringback(['--version'])).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });

  it.each([
    ['', ['--help']],
    ['serve', ['serve', '--help']],
    ['app', ['app', '--help']],
    ['app create', ['app', 'create', '--help']],
    ['app remove-key', ['app', 'remove-key', '--help']],
    ['usersig make', ['usersig', 'make', '--help']],
    ['usersig explain', ['usersig', 'explain', '--help']],
    ['call', ['call', '--help']],
    ['migrate', ['migrate', '--help']],
    ['migrate status', ['migrate', 'status', '--help']],
    ['migrate run', ['migrate', 'run', '--help']],
    ['backup', ['backup', '--help']],
    ['restore', ['restore', '--help']],
    ['call quality', ['call', 'quality', '--help']],
    ['calls', ['calls', '--help']],
    ['calls end', ['calls', 'end', '--help']],
    ['webhooks', ['webhooks', '--help']],
    ...['list', 'add', 'set', 'remove', 'secret', 'pause', 'resume', 'log', 'show', 'parked', 'replay', 'test'].map(
      (word): [string, string[]] => [`webhooks ${word}`, ['webhooks', word, '--help']],
    ),
    ['listen', ['listen', '--help']],
    ['trigger', ['trigger', '--help']],
    ...['link', 'operators', 'role', 'remove', 'audit'].map((word): [string, string[]] => [
      `console ${word}`,
      ['console', word, '--help'],
    ]),
    ['doctor', ['doctor', '--help']],
  ])('%s --help shows its use and examples', async (name, args) => {
    const { code, out, err } = await parsed(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: ringback ?${name}`));
    expect(out).toContain(`Examples:\n  ringback ${name}`);
  });

  it('serve takes every setting as a flag', async () => {
    const { out } = await parsed(['serve', '--help']);
    for (const flag of [
      '--data',
      '--dev',
      '--tls-cert',
      '--gateway-trust-proxy',
      '--records-keep-days',
      '--log-level',
    ]) {
      expect(out).toContain(`  ${flag} `);
    }
    expect(out).toContain('--metrics-token-file <file>');
  });

  it('ends with code 2 when it is used wrongly, as a process too', async () => {
    expect(await ringback(['srve'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('serve') });
    expect(await ringback(['usersig', 'make'])).toMatchObject({ code: 2, out: '' });
  });

  it.each([
    ['an unknown command', ['srve'], 'Did you mean serve?'],
    ['an unknown command of app', ['app', 'creat'], 'Did you mean create?'],
    ['an unknown flag', ['serve', '--htp', '8080'], 'Did you mean --http?'],
    ['an unknown flag of app create', ['app', 'create', '--nam', 'x'], 'Did you mean --name?'],
    ['an address that is none', ['serve', '--http', 'here'], '--http: "here" is not an address'],
    ['a choice that is none', ['serve', '--calls-glare', 'both'], '--calls-glare: "both" does not fit.'],
    ['a switch that is none', ['serve', '--gateway-strict', 'maybe'], 'Write true or false.'],
    ['a word too many', ['doctor', 'now'], 'too many arguments'],
    ['an application id that is none', ['app', 'show', 'x1'], '"x1" is not an application id'],
    ['an --app that is none', ['usersig', 'make', '--user', 'a', '--app', '0'], 'whole number from 1'],
    ['an --expire of nothing', ['usersig', 'make', '--user', 'a', '--expire', '0'], 'whole number from 1'],
    ['no --user', ['usersig', 'make'], "required option '--user <id>'"],
    ['a --user that is too long', ['usersig', 'make', '--user', 'a'.repeat(33)], '1 to 32 printable ASCII'],
    ['a --key without its --app', ['usersig', 'make', '--user', 'a', '--key', key], '--key needs --app'],
    ['no application', ['app', 'disable'], 'Name the application by its id'],
    ['two applications', ['app', 'disable', '1', '--id', '2'], 'Two ids are given, 1 and 2.'],
    ['a key without its name', ['app', 'remove-key', '1'], 'Name the key'],
    ['a command of the API without its service', ['call', 'end_call'], 'of the form service/command'],
    ['a body that is no JSON', ['call', 'a/b', '{CallId}'], 'The body is not JSON'],
    ['a body that is a list', ['call', 'a/b', '[]'], 'The body must be a JSON object'],
    ['no command at all', [], 'Usage: ringback'],
  ])('%s is answered with a sentence and code 2', async (_, args, sentence) => {
    const { code, out, err } = await parsed(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(err).not.toContain('    at ');
    expect(err).not.toContain(key);
    expect(existsSync(join(folder, '.ringback'))).toBe(false);
  });

  it('an unknown setting of the environment or the file names the nearest known', async () => {
    const byEnv = await ringback(['app', 'list'], { env: { RINGBACK_DAT: folder } });
    expect(byEnv).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean RINGBACK_DATA?') });
    const config = join(folder, 'wrong.yaml');
    writeFileSync(config, 'calls:\n  maxMember: 3\n');
    const byFile = await parsed(['app', 'list', '--config', config]);
    expect(byFile).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean calls.maxMembers?') });
  });

  it('where there is nothing yet, it says so, says what to do, and makes nothing', async () => {
    const data = join(folder, 'nothing');
    for (const args of [['app', 'list'], ['calls'], ['usersig', 'make', '--user', 'a'], ['call', 'a/b']]) {
      const { code, out, err } = await parsed([...args, '--data', data]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toContain(`There is no Ringback in ${data} yet`);
    }
    expect(existsSync(data)).toBe(false);
  });
});

describe('without a server, on the database', () => {
  let data: string;
  const run = (...args: string[]): Promise<Ran> => parsed([...args, '--data', data]);

  beforeAll(async () => {
    data = join(folder, 'data');
    const made = await run('app', 'create', '--id', '1400000077', '--key', key, '--name', 'Seven');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toContain(key);
  });

  it('applications are made, listed, shown, and their keys changed', async () => {
    expect((await run('app', 'list')).out).toMatch(/^ID +STATE +KEYS +NAME\n1400000077 +enabled +k1 +Seven\n$/);
    const added = JSON.parse((await run('app', 'add-key', '--id', '1400000077', '--json')).out);
    expect(added).toMatchObject({ id: 'k2', secret: expect.stringMatching(/^[0-9a-f]{64}$/) });
    for (const args of [
      ['app', 'list'],
      ['app', 'list', '--json'],
      ['app', 'show', '1400000077'],
      ['app', 'show', '--id', '1400000077', '--json'],
    ]) {
      const { code, out } = await run(...args);
      expect([args, code]).toEqual([args, 0]);
      expect(out).not.toContain(key.slice(8));
      expect(out).not.toContain(added.secret.slice(8));
    }
    expect((await run('app', 'show', '1400000077', '--reveal')).out).toContain(added.secret);
    expect((await run('app', 'remove-key', '--id', '1400000077', 'k2')).out).toContain('Left: k1.');
    const last = await run('app', 'remove-key', '1400000077', 'k1');
    expect(last).toMatchObject({ code: 1, err: expect.stringContaining('error: k1 is the only key') });
    expect((await run('app', 'disable', '1400000077')).code).toBe(0);
    expect((await run('app', 'list')).out).toContain('disabled');
    expect((await run('app', 'enable', '1400000077')).code).toBe(0);
  });

  it('commands at the same moment wait for each other and all do their work', async () => {
    const made = await Promise.all([1, 2].map(() => ringback(['app', 'create', '--json', '--data', data])));
    const ids = made.map(({ out }) => JSON.parse(out).id);
    expect(ids.sort()).toEqual([1_400_000_001, 1_400_000_002]);
  });

  it('usersig make prints a signature and nothing else; explain judges it', async () => {
    const made = await run('usersig', 'make', '--app', '1400000077', '--user', 'alice', '--expire', '120');
    expect(made).toMatchObject({ code: 0, err: '' });
    const sig = made.out.trim();
    const decoded = decodeUserSig(sig);
    expect(decoded).toMatchObject({ ok: true, fields: { identifier: 'alice', sdkAppId: 1_400_000_077, expire: 120 } });
    const right = await run('usersig', 'explain', sig, '--app', '1400000077', '--user', 'alice');
    expect(right.code).toBe(0);
    expect(right.out).toContain('ok     The signature is right, under key k1 of application 1400000077.');
    const foreign = await parsed([
      'usersig',
      'make',
      '--app',
      '1400000077',
      '--user',
      'bob',
      '--key',
      key.replace('0', '1'),
    ]);
    const wrong = await run('usersig', 'explain', foreign.out.trim(), '--user', 'alice');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('(70009)');
    expect(wrong.out).toContain('(70013)');
    expect(wrong.out).not.toContain(key.slice(8));
  });

  it('usersig explain finds the signature in what was pasted, with the database and without', async () => {
    const make = ['usersig', 'make', '--user', 'administrator', '--app', '1400000077'];
    const sig = (await run(...make)).out.trim();
    const url = `https://h/v4/a/b?sdkappid=1400000077&identifier=x&usersig=${sig}&random=1`;
    for (const pasted of [
      ` ${sig}\n`,
      `"${sig}"`,
      `'${sig}',`,
      `usersig=${sig}`,
      `?userSig=${sig}`,
      url,
      `curl '${url}'`,
    ]) {
      const { code, out } = await run('usersig', 'explain', pasted);
      expect([pasted, code, out]).toEqual([pasted, 0, expect.stringContaining('The signature is right')]);
      expect(out).not.toContain('WRONG');
      const without = await parsed(['usersig', 'explain', pasted, '--data', join(folder, 'nowhere')]);
      expect(without.out).toContain('It decodes: a signature of "administrator" for application 1400000077.');
    }
    const encoded = await run('usersig', 'explain', `x?usersig=${encodeURIComponent(sig.replace('*', '%2A'))}&a=b`);
    expect(encoded.out).toContain('It decodes');
    expect((await run('usersig', 'explain', 'https://h/v4/a/b?usersig=&random=1')).out).toContain('It is empty.');
  });

  it('usersig make --key and explain need no installation', async () => {
    const nowhere = join(folder, 'nowhere');
    const made = await parsed(['usersig', 'make', '--app', '7', '--user', 'a', '--key', key, '--data', nowhere]);
    const { code, out, err } = await parsed(['usersig', 'explain', made.out.trim(), '--data', nowhere]);
    expect(code).toBe(1);
    expect(out).toContain('It decodes: a signature of "a" for application 7.');
    expect(err).toContain('judged without its applications and keys');
  });

  it('calls says that nobody is in one, and in JSON an empty list', async () => {
    expect(await run('calls')).toEqual({ code: 0, out: 'Nobody is in a call.\n', err: '' });
    expect(await run('calls', '--json', '--app', '1400000077')).toEqual({ code: 0, out: '[]\n', err: '' });
  });

  it('what only a running server can do is refused with a sentence', async () => {
    const ended = await run('calls', 'end', '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31');
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('while the server runs only') });
    const called = await run('call', 'call_record_http_srv/get_record_by_filter', '{}', '--app', '1400000077');
    expect(called).toMatchObject({ code: 1, err: expect.stringContaining('No server runs on this data directory.') });
  });

  it('several applications must be told apart', async () => {
    const { code, err } = await run('usersig', 'make', '--user', 'a');
    expect(code).toBe(1);
    expect(err).toContain('Name the application with --app: there is 1400000001, 1400000002, 1400000077.');
  });

  it('a server that holds the directory but does not answer keeps every hand off it', async () => {
    const lock = await DataLock.take(data, 'server');
    try {
      const { code, err } = await run('app', 'disable', '1400000077');
      expect(code).toBe(1);
      expect(err).toContain(`A server (process ${process.pid}) holds ${data} but does not answer`);
      expect(err).toContain('Nothing was changed.');
    } finally {
      lock.release();
    }
    expect((await run('app', 'show', '1400000077')).out).toMatch(/state +enabled/);
  });
});

describe('doctor', () => {
  const find = (ran: Ran, what: string) =>
    (JSON.parse(ran.out) as { level: string; what: string; text: string; fix: string }[]).filter(
      (one) => one.what === what,
    );

  it('finds nothing wrong before the first start of development mode, and code 0 says so', async () => {
    const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', '127.0.0.1:0'];
    const ran = await ringback(['doctor', '--dev', '--json', '--data', join(folder, 'fresh'), ...ports]);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out).map((one: { what: string }) => one.what)).toEqual([
      ...['node', 'clock', 'data', 'disk', 'server', 'database', 'secrets', 'certificate'],
      ...['port http', 'port https', 'port ops', 'settings'],
    ]);
    expect(existsSync(join(folder, 'fresh'))).toBe(false);
  });

  it('names a taken port and who has it, a missing certificate, open rights, a damaged database; code 1', async () => {
    const data = join(folder, 'sick');
    mkdirSync(data, { mode: 0o755 });
    chmodSync(data, 0o755);
    writeFileSync(join(data, 'ringback.db'), 'this is no database, '.repeat(400), { mode: 0o600 });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const args = [
      'doctor',
      '--data',
      data,
      '--http',
      `127.0.0.1:${port}`,
      '--ops',
      '0.0.0.0:0',
      '--https',
      '127.0.0.1:0',
    ];
    const ran = await ringback([...args, '--json']);
    const shown = await parsed(args);
    other.close();
    expect(ran.code).toBe(1);
    expect(find(ran, 'port http')).toMatchObject([
      { level: 'fail', text: expect.stringContaining(`127.0.0.1:${port} is taken by `) },
    ]);
    if (process.platform === 'linux') expect(find(ran, 'port http')[0]?.text).toContain(`(process ${process.pid})`);
    expect(find(ran, 'certificate')).toMatchObject([{ level: 'fail', fix: expect.stringContaining('--tls-cert') }]);
    expect(find(ran, 'data')).toMatchObject([{ level: 'warn', fix: `chmod 700 ${data}` }]);
    expect(find(ran, 'database')).toMatchObject([{ level: 'fail', text: expect.stringContaining('not a database') }]);
    expect(find(ran, 'settings')).toMatchObject([{ level: 'warn', text: expect.stringContaining('ops listens on') }]);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/^fail {2}port http +127\.0\.0\.1:\d+ is taken/m);
    expect(shown.out).toContain('→ ');
    expect(shown.out).toMatch(/\d+ ok, 2 to look at, 3 wrong\.\n$/);
  });

  it('reads a certificate: names and expiry, a foreign key, one that has expired', async () => {
    const pair = (name: string, ...more: string[]) => {
      const [cert, pem] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
      const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x'];
      execFileSync('openssl', [...args, '-keyout', pem, '-out', cert, ...more], { stdio: 'ignore' });
      return { cert, pem };
    };
    const san = ['-addext', 'subjectAltName=DNS:calls.example.com'];
    const good = pair('good', '-days', '90', ...san);
    const short = pair('short', '-days', '3', ...san);
    const judge = async (cert: string, pem: string) => {
      const ports = ['--https', '127.0.0.1:0', '--ops', 'off'];
      const ran = await ringback([
        'doctor',
        '--json',
        '--data',
        join(folder, 'fresh'),
        '--tls-cert',
        cert,
        '--tls-key',
        pem,
        ...ports,
      ]);
      return { code: ran.code, findings: find(ran, 'certificate') };
    };
    expect(await judge(good.cert, good.pem)).toMatchObject({
      code: 0,
      findings: [{ level: 'ok', text: expect.stringContaining('For calls.example.com, until ') }],
    });
    expect(await judge(short.cert, short.pem)).toMatchObject({
      code: 0,
      findings: [{ level: 'warn', fix: expect.stringContaining('SIGHUP') }],
    });
    expect(await judge(good.cert, short.pem)).toMatchObject({
      code: 1,
      findings: [{ level: 'fail', text: expect.stringContaining('is not the key of') }],
    });
    expect(await judge(join(folder, 'missing.crt'), good.pem)).toMatchObject({
      code: 1,
      findings: [{ level: 'fail' }],
    });
    chmodSync(good.pem, 0o644);
    expect((await judge(good.cert, good.pem)).findings).toMatchObject([
      { level: 'warn', fix: `chmod 600 ${good.pem}` },
      { level: 'ok' },
    ]);
  });

  it('tells a server that hangs from one that is not there', async () => {
    const data = join(folder, 'held');
    const lock = await DataLock.take(data, 'server');
    const held = await parsed(['doctor', '--dev', '--json', '--data', data]);
    lock.release();
    expect(find(held, 'server')).toMatchObject([
      { level: 'fail', text: expect.stringContaining(`(process ${process.pid}) holds the data directory`) },
    ]);
    const free = await parsed(['doctor', '--dev', '--json', '--data', data]);
    expect(find(free, 'server')).toMatchObject([{ level: 'ok', text: 'No server runs on this data directory.' }]);
  });
});

describe('ringback webhooks replay, without a server', () => {
  it('says itself what has broken it off: there is no log', async () => {
    const data = join(folder, 'alone');
    for (const words of ['app create --id 7', 'webhooks add crm https://example.com/hook']) {
      expect((await parsed([...words.split(' '), '--data', data])).code).toBe(0);
    }
    const replay = vi
      .spyOn(SqliteOutbox.prototype, 'replay')
      .mockImplementationOnce(async (_endpoint, _choice, each) => {
        each?.({ count: 500, fresh: 0 });
        throw new Error('the disk is full');
      });
    const { code, err } = await parsed(['webhooks', 'replay', '--failed', '--data', data]);
    replay.mockRestore();
    expect(code).toBe(1);
    expect(err).toMatch(/^error: 500 events wait again; then something failed.*\nthe disk is full\n$/);
  });
});
