import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { devCertificate } from '../../src/config/dev-certificate.ts';
import { parsed, type Ran, ringback, serve } from '../support/cli.ts';

/** Newer versions of Node add advice of their own. */
const advice =
  /self-signed certificate in certificate chain.*\. If it is of an authority of your own, name the file with the certificate of that one: --ca <file>, or NODE_EXTRA_CA_CERTS\.\n$/;

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
let url: string;
/** The certificate of the authority. */
let root: string;
const at = (name: string): string => join(folder, name);

/** A server with a certificate of an authority that nobody else knows. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-authority-'));
  const kind = { keyType: 'ec', algorithm: 'sha256' } as const;
  const authority = await generate([{ name: 'commonName', value: 'Our own authority' }], {
    ...kind,
    extensions: [{ name: 'basicConstraints', cA: true }],
  });
  const altNames = [{ type: 2, value: 'localhost' }] as const;
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...kind,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [...altNames] }],
  });
  root = at('root.pem');
  writeFileSync(root, authority.cert);
  writeFileSync(at('cert.pem'), `${made.cert}\n${authority.cert}`);
  writeFileSync(at('key.pem'), made.private, { mode: 0o600 });
  const ports = ['--http', 'off', '--https', '127.0.0.1:0', '--ops', 'off'];
  const tls = ['--tls-cert', at('cert.pem'), '--tls-key', at('key.pem')];
  server = await serve(['--dev', '--data', at('data'), ...ports, ...tls], /Ctrl-C stops the server/);
  url = `https://localhost:${/https:\/\/127\.0\.0\.1:(\d+)/.exec(server.output)?.[1]}`;
}, 60_000);

afterAll(async () => {
  server?.child.kill('SIGTERM');
  await server?.ended;
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], extra = ''): Promise<Ran> =>
  ringback([...args, '--data', at('data')], { env: { NODE_EXTRA_CA_CERTS: extra } });
const records = (...more: readonly string[]) => ['call', 'call_record_http_srv/get_record_by_filter', '{}', ...more];
const bench = (...more: readonly string[]) => ['bench', 'calls', '--rate', '2', '--duration', '1', '--json', ...more];

describe('a server with a certificate of an authority of its own', () => {
  it.each([
    ['the variable of Node names', () => ({ more: [], extra: root })],
    ['--ca names', () => ({ more: ['--ca', root], extra: '' })],
  ])('answers commands with --url when %s that authority', async (_, given) => {
    const { more, extra } = given();
    const called = await run(records('--url', url, ...more), extra);
    expect(called).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(called.out)).toMatchObject({ ErrorCode: 0 });
    const measured = await run(bench('--url', url, ...more), extra);
    expect(measured.err).not.toContain('not all deleted');
    expect(measured.code).toBe(0);
    expect(JSON.parse(measured.out)).toMatchObject({ complete: 2, failures: {} });
    const listened = await run(['listen', '--url', url, '--app', '1', '--usersig', 'x', ...more], extra);
    expect(listened).toMatchObject({ code: 1, err: expect.stringContaining('The server does not let us listen: ') });
  });

  it('is not trusted else, and the error names the way out', async () => {
    const called = await run(records('--url', url));
    expect(called).toMatchObject({ code: 1, out: '' });
    expect(called.err).toContain(`error: ${url} cannot be reached: self-signed`);
    expect(called.err).toMatch(advice);
    const measured = await run(bench('--url', url));
    expect(measured).toMatchObject({ code: 1, out: '' });
    expect(measured.err).toContain('error: A device could not sign in: self-signed');
    expect(measured.err).toMatch(advice);
    const listened = await run(['listen', '--url', url]);
    expect(listened).toMatchObject({ code: 1, out: '' });
    expect(listened.err).toMatch(advice);
  });

  it('is trusted on its own machine by its very certificate', async () => {
    expect(await run(records())).toMatchObject({ code: 0, err: '' });
  });

  it('is trusted beside the certificate of development mode, whatever else the variable names', async () => {
    await devCertificate(at('data'), Date.now());
    expect(await run(records('--url', url), root)).toMatchObject({ code: 0 });
    for (const extra of [at('none.pem'), at('key.pem')]) {
      expect((await run(records('--url', url), extra)).err).toMatch(advice);
    }
    rmSync(at('data/dev-cert.pem'));
  });

  it('is not trusted by the certificate of another authority', async () => {
    const other = await generate([{ name: 'commonName', value: 'Another' }], { keyType: 'ec', algorithm: 'sha256' });
    writeFileSync(at('other.pem'), other.cert);
    const called = await run(records('--url', url, '--ca', at('other.pem')), root);
    expect(called).toMatchObject({ code: 1, err: expect.stringMatching(advice) });
  });
});

describe('--ca', () => {
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await parsed([...args, '--data', at('data')]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    return err;
  };

  it('says what is wrong with its file', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('damaged.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    for (const [name, why] of [
      ['none.pem', 'cannot be read: there is no such file.'],
      ['folder', 'cannot be read: it is a folder, not a file.'],
      ['key.pem', 'has no certificate in PEM form, with a line "-----BEGIN CERTIFICATE-----".'],
    ] as const) {
      for (const args of [records(), bench(), ['listen']]) {
        expect(await refused(...args, '--url', url, '--ca', at(name))).toBe(`error: --ca: ${at(name)} ${why}\n`);
      }
    }
    expect(await refused(...records(), '--url', url, '--ca', at('damaged.pem'))).toBe(
      `error: --ca: certificate 1 in ${at('damaged.pem')} is damaged.\n`,
    );
  });

  it('belongs to --url', async () => {
    expect(await refused(...records('--ca', root))).toBe(
      'error: --ca needs --url: without it, the certificate of the server is known.\n',
    );
  });
});
