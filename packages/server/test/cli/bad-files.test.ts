import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsed, ringback, serve } from '../support/cli.ts';

const ports = ['--https', '127.0.0.1:0', '--http', 'off', '--ops', 'off'];

let folder: string;
const at = (name: string) => join(folder, name);

function makePair(name: string, ...more: string[]): void {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=x', ...more];
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
  execFileSync('openssl', [...args, ...files], { stdio: 'ignore' });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-bad-files-'));
  makePair('good', '-nodes');
  makePair('other', '-nodes');
  makePair('locked', '-passout', 'pass:secret');
  const weak = ['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=x'];
  execFileSync('openssl', [...weak, '-keyout', at('weak.key'), '-out', at('weak.crt')], { stdio: 'ignore' });
  writeFileSync(at('text'), 'good morning\n');
  mkdirSync(at('folder'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the server says when it cannot start: one line, without the words of a system call. */
async function sentence(args: readonly string[]): Promise<string> {
  const { code, out, err } = await ringback(['serve', ...ports, ...args]);
  expect(code).toBeGreaterThan(0);
  expect(out).toBe('');
  expect(err).toMatch(/^error: .*\.\n$/);
  expect(err).not.toMatch(/\bE[A-Z]{4,}\b|illegal|routines|error:[0-9A-F]{8}/);
  return err.slice('error: '.length, -1);
}

describe('serve names the setting, what is wrong, and what to do, of', () => {
  it.each([
    [
      'a certificate that is not there',
      'none.crt',
      'good.key',
      /^tls\.cert: \S+ cannot be read: there is no such file\. /,
    ],
    ['a key that is a folder', 'good.crt', 'folder', /^tls\.key: \S+ cannot be read: it is a folder, not a file\. /],
    [
      'a certificate that is none',
      'text',
      'good.key',
      /^tls\.cert: \S+ is not a certificate in PEM form\. Name the file/,
    ],
    ['the two files swapped', 'good.key', 'good.crt', /^tls\.cert: .* perhaps tls\.cert and tls\.key are swapped\.$/],
    ['a key that is none', 'good.crt', 'text', /^tls\.key: \S+ is not a private key in PEM form/],
    ['a key with a passphrase', 'locked.crt', 'locked.key', /^tls\.key: \S+ is locked with a passphrase\. Write it/],
    [
      'a key of another certificate',
      'good.crt',
      'other.key',
      /^tls\.key: \S+ is not the key of \S+ \(tls\.cert\)\. Give/,
    ],
    [
      'a key that is too short',
      'weak.crt',
      'weak.key',
      /^tls\.cert: TLS cannot use \S+: ee key too small\. Have a new/,
    ],
  ])('%s', async (_, cert, key, expected) => {
    const args = ['--data', at('data'), '--tls-cert', at(cert), '--tls-key', at(key)];
    expect(await sentence(args)).toMatch(expected);
  });

  it.each([
    [
      'a data directory below a file',
      '/dev/null/x',
      /\/dev\/null\/x cannot be used: a part of its path is a file, not a/,
    ],
    [
      'a data directory that is a file',
      '/etc/hostname',
      /\/etc\/hostname cannot be used: it is a file, not a folder\./,
    ],
    ['a data directory that cannot be made', '/proc/x', /\/proc\/x cannot be used: there is no such file\./],
  ])('%s', async (_, data, expected) => {
    expect(await sentence(['--dev', '--data', data])).toMatch(expected);
    expect(await sentence(['--dev', '--data', data])).toMatch(/Choose another with --data or RINGBACK_DATA\.$/);
    const doctor = await parsed(['doctor', '--dev', '--json', '--data', data]);
    expect(JSON.parse(doctor.out)).toContainEqual(
      expect.objectContaining(data === '/proc/x' ? { what: 'node' } : { level: 'fail', what: 'data' }),
    );
  });

  it('a configuration file that is a folder', async () => {
    const args = ['--dev', '--data', at('data'), '--config', folder];
    expect(await sentence(args)).toBe(
      `The configuration file ${folder} cannot be read: it is a folder, not a file. Name one with --config or RINGBACK_CONFIG.`,
    );
  });

  it('a file for a secret that is a folder or not there', async () => {
    const token = (path: string) => sentence(['--dev', '--data', at('data'), '--metrics-token-file', path]);
    expect(await token(folder)).toBe(`${folder} (metrics.tokenFile) cannot be read: it is a folder, not a file.`);
    expect(await token(at('none'))).toMatch(/ \(metrics\.tokenFile\) cannot be read: there is no such file\.$/);
  });
});

describe('development mode', () => {
  it('makes its certificate anew when a file of it has been spoilt', async () => {
    const data = at('dev');
    const start = async () => {
      const server = await serve(['--dev', '--data', data, ...ports], /Ctrl-C stops/);
      server.child.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);
      return readFileSync(join(data, 'dev-cert.pem'), 'utf8');
    };
    const first = await start();
    expect(await start()).toBe(first);
    writeFileSync(join(data, 'dev-key.pem'), 'nothing\n');
    expect(await start()).not.toBe(first);
  });
});
