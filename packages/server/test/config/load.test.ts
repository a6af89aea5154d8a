import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { listenAddress, parseAddress } from '../../src/config/address.ts';
import { devCertificate } from '../../src/config/dev-certificate.ts';
import { exampleConfiguration } from '../../src/config/example.ts';
import { isOpenToOthers } from '../../src/config/file-rights.ts';
import { loadSettings, SettingsError } from '../../src/config/load.ts';
import { nearest } from '../../src/config/nearest.ts';
import { declarationOf, environmentName, flagName, settingKeys } from '../../src/config/settings.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ringback-config-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(data, { recursive: true, force: true });
});

const load = (flags: Record<string, string | boolean> = {}, env: Record<string, string> = {}) =>
  loadSettings({ flags: { data, ...flags }, env });

const problem = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return 'no problem';
};

describe('loadSettings', () => {
  it('without anything gives the defaults', () => {
    expect(load().settings).toMatchObject({ http: 'off', https: '0.0.0.0:8443', 'limits.appRate': 1000, dev: false });
  });

  it('in development binds to loopback', () => {
    expect(load({ dev: true }).settings).toMatchObject({ http: '127.0.0.1:8080', https: '127.0.0.1:8443' });
  });

  it('a flag wins over the environment, the environment over the file', () => {
    writeFileSync(join(data, 'ringback.yaml'), 'http: 1001\nhttps: 1002\nops: 1003\ngateway:\n  strict: true\n');
    const { settings, file } = load({ ops: '3003' }, { RINGBACK_HTTPS: '2002', RINGBACK_OPS: '2003' });
    expect(settings).toMatchObject({ http: '1001', https: '2002', ops: '3003', 'gateway.strict': true });
    expect(file).toBe(join(data, 'ringback.yaml'));
  });

  it('reads lists, numbers and switches from text', () => {
    const { settings } = load(
      {},
      {
        RINGBACK_GATEWAY_TRUST_PROXY: '10.0.0.1, 10.1.0.0/16',
        RINGBACK_LIMITS_APP_RATE: '5',
        RINGBACK_GATEWAY_STRICT: 'yes',
      },
    );
    expect(settings).toMatchObject({
      'gateway.trustProxy': ['10.0.0.1', '10.1.0.0/16'],
      'limits.appRate': 5,
      'gateway.strict': true,
    });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['an unknown flag', () => load({ htps: '1' }), /--htps is not a setting. Did you mean https\?/],
    ['an unknown variable', () => load({}, { RINGBACK_HTTTP: '1' }), /RINGBACK_HTTTP .*Did you mean RINGBACK_HTTP\?/],
    [
      'a number out of bounds',
      () => load({}, { RINGBACK_CALLS_MAX_MEMBERS: '1' }),
      /RINGBACK_CALLS_MAX_MEMBERS: 1 does not fit.*2 to 100/,
    ],
    ['no number', () => load({ 'limits.appRate': 'many' }), /--limits-app-rate: "many" does not fit/],
    ['a word that is not a choice', () => load({ 'calls.glare': 'both' }), /merge or busy/],
    ['an address that is none', () => load({ http: 'here:99999' }), /not an address/],
    [
      'a switch that is none',
      () => load({ 'gateway.strict': 'maybe' }),
      /"maybe" does not fit.* Write true or false\.$/,
    ],
    [
      'a file that is not there',
      () => loadSettings({ flags: {}, env: {}, config: '/nowhere.yaml' }),
      /no configuration file/,
    ],
  ])('%s is an error that says what would fit', (_, run, expected) => {
    expect(problem(run)).toMatch(expected);
  });

  it.each<[string, string, RegExp]>([
    ['an unknown key', 'htpp: 1', /htpp in .* Did you mean http\?/],
    ['an unknown key inside', 'gateway:\n  strikt: true', /gateway.strikt .* Did you mean gateway.strict\?/],
    ['broken YAML', 'a: [', /is not YAML/],
    ['an alias of nothing', 'http: *there', /is not YAML: Unresolved alias/],
    [
      'aliases of aliases',
      `a: &a [x, x]\n${[...'bcdefgh'].map((n, at) => `${n}: &${n} [${`*${'abcdefg'[at]},`.repeat(9)}x]\n`).join('')}`,
      /is not YAML: Excessive alias/,
    ],
    ['a list instead of settings', '- a', /must hold settings by name/],
    [
      'a switch that is none',
      'gateway:\n  strict: 5',
      /gateway\.strict in .*: 5 does not fit.* Write true or false\.$/,
    ],
  ])('in the file, %s is an error', (_, text, expected) => {
    writeFileSync(join(data, 'ringback.yaml'), text);
    expect(problem(load)).toMatch(expected);
  });

  it.each([
    ...['true', 'True', 'yes', 'on', 'ON', '1', '"yes"'].map((word) => [word, true] as const),
    ...['false', 'no', 'off', '0', '"off"'].map((word) => [word, false] as const),
  ])('a switch in the file takes the words of the environment: %s', (word, expected) => {
    writeFileSync(join(data, 'ringback.yaml'), `gateway:\n  strict: ${word}\nlog.requests: ${word}\n`);
    expect(load().settings).toMatchObject({ 'gateway.strict': expected, 'log.requests': expected });
    const bare = word.replaceAll('"', '');
    expect(load({}, { RINGBACK_GATEWAY_STRICT: bare }).settings['gateway.strict']).toBe(expected);
  });

  it.each([
    ['gateway.trustProxy', '10.0.0.0/'],
    ['gateway.trustProxy', '10.0.0.0/33'],
    ['gateway.trustProxy', '10.0.0.1,proxy.example'],
    ['webhooks.allowPrivate', '::1/129'],
    ['webhooks.allowPrivate', 'localhost'],
  ])('%s refuses %s, which would let in more than is meant', (key, text) => {
    const source = `RINGBACK_${key.replace('.', '_').replace(/[A-Z]/g, '_$&').toUpperCase()}`;
    expect(problem(() => load({}, { [source]: text }))).toMatch(
      /is not an address or a range such as 10\.0\.0\.0\/8\.$/,
    );
  });

  it('names of the tooling are not settings', () => {
    expect(problem(() => load({}, { RINGBACK_TEST_INSTALL: '0' }))).toBe('no problem');
  });

  it.each(['RINGBACK', 'RINGBACK_DB', 'RINGBACK_MEDIA'])(
    'variables of Kubernetes for the Service %s are passed over',
    (name) => {
      const env = {
        [`${name}_SERVICE_HOST`]: '10.0.0.1',
        [`${name}_SERVICE_PORT`]: '443',
        [`${name}_SERVICE_PORT_HTTPS`]: '443',
        [`${name}_PORT`]: 'tcp://10.0.0.1:443',
        [`${name}_PORT_443_TCP`]: 'tcp://10.0.0.1:443',
        [`${name}_PORT_443_TCP_PROTO`]: 'tcp',
        [`${name}_PORT_443_TCP_PORT`]: '443',
        [`${name}_PORT_443_TCP_ADDR`]: '10.0.0.1',
        [`${name}_PORT_40000_UDP`]: 'udp://10.0.0.1:40000',
      };
      expect(load({}, env).settings).toEqual(load().settings);
    },
  );

  it('settings that end as variables of Kubernetes do stay settings', () => {
    expect(load({}, { RINGBACK_MEDIA_SFU_PORT: '40000' }).settings['media.sfu.port']).toBe(40_000);
    expect(problem(() => load({}, { RINGBACK_MEDIA_SFU_PORT: 'tcp://10.0.0.1:443' }))).toMatch(/does not fit/);
    expect(problem(() => load({}, { RINGBACK_MEDIA_SFUU_PORT: '40000' }))).toMatch(
      /Did you mean RINGBACK_MEDIA_SFU_PORT/,
    );
  });

  it('a secret may stand in a file that only its owner reads, and is never shown', () => {
    const path = join(data, 'token');
    writeFileSync(path, 'very-secret\n');
    chmodSync(path, 0o644);
    expect(problem(() => load({}, { RINGBACK_METRICS_TOKEN_FILE: path }))).toMatch(/chmod 600/);
    chmodSync(path, 0o600);
    expect(load({}, { RINGBACK_METRICS_TOKEN_FILE: path }).settings['metrics.token']).toBe('very-secret');
    expect(problem(() => load({}, { RINGBACK_METRICS_TOKEN_FILE: join(data, 'none') }))).toMatch(/cannot be read/);
  });

  it.each<[mode: string, own: boolean, another: boolean]>([
    ['0400', false, false],
    ['0600', false, false],
    ['0440', true, false],
    ['0640', true, false],
    ['0460', true, true],
    ['0660', true, true],
    ['0404', true, true],
    ['0444', true, true],
    ['0644', true, true],
    ['0602', true, true],
  ])(
    'a file of mode %s with a secret is refused where it is the program’s own: %s, where another user’s: %s',
    (mode, own, another) => {
      const path = join(data, 'token');
      writeFileSync(path, 'very-secret\n');
      chmodSync(path, Number.parseInt(mode, 8));
      // Root's own are judged otherwise, and root may run this.
      if (statSync(path).uid === 0) chownSync(path, 1000, 1000);
      const self = statSync(path).uid;
      for (const [uid, refused] of [
        [self, own],
        [self + 1, another],
      ] as const) {
        vi.spyOn(process, 'getuid').mockReturnValue(uid);
        expect(isOpenToOthers(statSync(path), path)).toBe(refused);
        expect(problem(() => load({}, { RINGBACK_METRICS_TOKEN_FILE: path }))).toMatch(
          refused ? /can be read by others.*chmod 600/ : /^no problem$/,
        );
      }
    },
  );

  it.each([
    ['0600', false],
    ['0640', false],
    ['0660', true],
    ['0644', true],
  ])('root may hand a secret of its own to the group of the server: of mode %s it is refused: %s', (mode, refused) => {
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(isOpenToOthers({ mode: Number.parseInt(mode, 8), uid: 0, isFile: () => true }, '/etc/ringback/token')).toBe(
      refused,
    );
  });

  it.each<[path: string, mode: string, refused: boolean]>([
    ['/run/secrets/token', '0444', false],
    ['/run/secrets/token', '0644', false],
    ['/run/../run/secrets/token', '0444', false],
    ['/run/secrets/token', '0464', true],
    ['/run/secrets/token', '0446', true],
    ['/run/secrets/more/token', '0444', true],
    ['/run/secrets.old/token', '0444', true],
    ['/etc/ringback/token', '0444', true],
  ])('%s of mode %s is refused: %s, because what a container is given may be readable there', (path, mode, refused) => {
    for (const user of [0, 1000]) {
      vi.spyOn(process, 'getuid').mockReturnValue(user);
      for (const uid of [0, 1000, 1001]) {
        const file = { mode: Number.parseInt(mode, 8), uid, isFile: () => true };
        expect([user, uid, isOpenToOthers(file, path)]).toEqual([user, uid, refused]);
      }
    }
  });

  it.each([
    ['database', 'mysql://a:hidden@db/c'],
    ['redis', 'hidden.example.com'],
    ['secrets.masterKey', 'hidden'],
  ])('a file for %s that is empty or holds something else is refused, and not shown', (key, wrong) => {
    const path = join(data, 'secret');
    for (const [content, reason] of [
      ['', ' is empty.'],
      [' \n', ' is empty.'],
      [wrong, ': what is given does not fit. '],
    ]) {
      writeFileSync(path, `${content}`, { mode: 0o600 });
      const told = problem(() => load({ [`${key}File`]: path }));
      expect(told).toContain(`${path} (${key}File)${reason}`);
      expect(told).not.toContain('hidden');
    }
  });

  it('a file for a secret ranks as what names it: flag over environment over configuration file', () => {
    const [flag, env, file] = ['flag', 'env', 'file'].map((name) => {
      writeFileSync(join(data, name), `by-${name}\n`, { mode: 0o600 });
      return join(data, name);
    }) as [string, string, string];
    const token = (...given: Parameters<typeof load>) => load(...given).settings['metrics.token'];
    const direct = { RINGBACK_METRICS_TOKEN: 'direct' };
    expect(token({ 'metrics.tokenFile': flag }, direct)).toBe('by-flag');
    expect(token({ 'metrics.tokenFile': flag }, { RINGBACK_METRICS_TOKEN_FILE: env })).toBe('by-flag');
    expect(token({ 'metrics.token': 'typed' }, { RINGBACK_METRICS_TOKEN_FILE: env })).toBe('typed');
    writeFileSync(join(data, 'ringback.yaml'), `metrics.tokenFile: ${file}\n`);
    expect(token({}, direct)).toBe('direct');
    expect(token({}, { RINGBACK_METRICS_TOKEN_FILE: env })).toBe('by-env');
    expect(token()).toBe('by-file');
    writeFileSync(join(data, 'ringback.yaml'), 'metrics.token: written\n');
    expect(token({}, { RINGBACK_METRICS_TOKEN_FILE: env })).toBe('by-env');
    expect(token({ 'metrics.tokenFile': '' })).toBe('written');
  });

  it.each(['database', 'redis', 'secrets.masterKey', 'metrics.token'])(
    'an empty %s beside a file for it is an error, not a setting that is not given',
    (key) => {
      const path = join(data, 'secret');
      writeFileSync(path, 'hidden\n', { mode: 0o600 });
      const [name, flag] = [environmentName(key), flagName(key)];
      const named = { [`${name}_FILE`]: path };
      expect(problem(() => load({}, { [name]: '', ...named }))).toBe(
        `${name} is empty, and ${name}_FILE names a file: leave one of them out.`,
      );
      expect(problem(() => load({ [key]: '', [`${key}File`]: path }))).toBe(
        `--${flag} is empty, and --${flag}-file names a file: leave one of them out.`,
      );
      // Said higher up, it is meant: what lies below does not count.
      expect(problem(() => load({ [key]: '' }, named))).toBe('no problem');
      const file = join(data, 'ringback.yaml');
      writeFileSync(file, `${key}: ''\n${key}File: ${path}\n`);
      expect(problem(load)).toBe(`${key} in ${file} is empty, and ${key}File names a file: leave one of them out.`);
      expect(problem(() => load({}, { [name]: '' }))).toBe('no problem');
    },
  );

  it.each<[string, Record<string, string | boolean>, RegExp]>([
    ['development on all interfaces', { dev: true, http: '0.0.0.0:8080' }, /development mode/],
    ['a proxy without a plain port', { 'gateway.trustProxy': '10.0.0.1' }, /no port for the proxy/],
    ['trust in everybody', { 'gateway.trustProxy': '0.0.0.0/0', http: '8080' }, /any client can pretend/],
    ['trust in everybody, in other words', { 'gateway.trustProxy': '::/00', http: '8080' }, /any client can pretend/],
    ['webhooks to everywhere', { 'webhooks.allowPrivate': '0.0.0.0/0' }, /can reach your own network/],
    ['nothing to listen on', { http: 'off', https: 'off' }, /nobody can reach/],
    ['open metrics', { ops: '0.0.0.0:9464' }, /open to whoever.*Keep it on 127\.0\.0\.1/],
    [
      'a reserve for Janus that devices may not reach',
      { 'media.janus.urls': 'ws://10.0.0.5:8188' },
      /media\.sfu\.announce: .*built-in SFU, .*set media\.provider to janus\.$/,
    ],
    [
      'a reserve for Janus at a private address',
      { 'media.janus.urls': 'ws://10.0.0.5:8188', 'media.sfu.address': '10.0.0.4' },
      /media\.sfu\.announce: /,
    ],
  ])('warns of %s', (_, flags, expected) => {
    expect(load(flags).warnings.join(' ')).toMatch(expected);
  });

  it.each<[string, Record<string, string | boolean>]>([
    ['is announced', { 'media.sfu.announce': '203.0.113.7' }],
    ['binds a public address', { 'media.sfu.address': '203.0.113.7' }],
    ['is not used', { 'media.provider': 'janus' }],
    ['serves this computer alone', { dev: true }],
  ])('does not warn of the SFU beside Janus where it %s', (_, flags) => {
    expect(load({ 'media.janus.urls': 'ws://10.0.0.5:8188', ...flags }).warnings).toEqual([]);
  });
});

describe('the list of settings', () => {
  it.each(settingKeys)('%s has a sentence, a default that fits, and names of its own', (key) => {
    expect(declarationOf(key).doc).toMatch(/\.$/);
    expect(environmentName(key)).toMatch(/^RINGBACK_[A-Z0-9_]+$/);
    expect(flagName(key)).toMatch(/^[a-z0-9-]+$/);
  });

  it('names are unique', () => {
    for (const name of [environmentName, flagName])
      expect(new Set(settingKeys.map(name)).size).toBe(settingKeys.length);
  });

  it('the example configuration is YAML that loads, with all comments taken away', () => {
    const example = exampleConfiguration();
    const bare = example
      .split('\n')
      .flatMap((line) =>
        /^# [a-zA-Z.]+: ?\S*/.test(line) &&
        !/: [a-z]+ [a-z]/.test(line) &&
        settingKeys.some((key) => line.startsWith(`# ${key}:`))
          ? [line.slice(2)]
          : [],
      );
    expect(Object.keys(parse(bare.join('\n')))).toEqual([...settingKeys]);
    writeFileSync(join(data, 'ringback.yaml'), bare.join('\n'));
    expect(loadSettings({ flags: {}, env: {}, config: join(data, 'ringback.yaml') }).settings).toEqual(
      loadSettings({ flags: {}, env: {} }).settings,
    );
  });
});

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['8080', { host: '0.0.0.0', port: 8080 }],
    [':8080', { host: '0.0.0.0', port: 8080 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['off', undefined],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each(['', 'host', '1:2:3', '65536', 'a b:1', '::1:80'])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow('is not an address');
  });
});

describe('a port without a host', () => {
  it('is open to all for customers, and on loopback for metrics and in development', () => {
    const flags = { http: '1001', https: ':1002', ops: '1003' };
    const hosts = (more: Record<string, boolean> = {}) => {
      const { settings, warnings } = load({ ...flags, ...more });
      expect(warnings).toEqual([]);
      return (['http', 'https', 'ops'] as const).map((door) => listenAddress(settings, door)?.host);
    };
    expect(hosts()).toEqual(['0.0.0.0', '0.0.0.0', '127.0.0.1']);
    expect(hosts({ dev: true })).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });
});

describe('nearest', () => {
  it('finds what was meant, and nothing when nothing is near', () => {
    expect(nearest('sevre', ['serve', 'app', 'calls'])).toBe('serve');
    expect(nearest('xyzzy', ['serve', 'app', 'calls'])).toBeUndefined();
  });
});

describe('devCertificate', () => {
  it('is made once, for localhost, and kept; the key is for its owner only', async () => {
    const now = Date.now();
    const files = await devCertificate(data, now);
    const certificate = new X509Certificate(readFileSync(files.cert));
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(statSync(files.key).mode & 0o077).toBe(0);
    await devCertificate(data, now);
    expect(new X509Certificate(readFileSync(files.cert)).serialNumber).toBe(certificate.serialNumber);
    await devCertificate(data, now + 360 * 86_400_000);
    expect(new X509Certificate(readFileSync(files.cert)).serialNumber).not.toBe(certificate.serialNumber);
  });
});
