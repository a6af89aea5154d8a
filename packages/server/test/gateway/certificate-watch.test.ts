import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningServer, startServer } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { openLog } from '../../src/observe/log.ts';
import { ringback } from '../support/cli.ts';
import { ManualClock } from '../support/manual-clock.ts';

const minute = 60_000;

describe('a certificate that is renewed', () => {
  let folder: string;
  let files: { readonly cert: string; readonly key: string };
  let clock: ManualClock;
  let log: ReturnType<typeof openLog>;
  let fd: number;
  let server: RunningServer;

  /** A pair in a folder of its own. */
  function make(name: string): string {
    const made = join(folder, name);
    mkdirSync(made);
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x'];
    const out = ['-keyout', join(made, 'tls.key'), '-out', join(made, 'tls.crt'), '-days', '90'];
    execFileSync('openssl', [...args, ...out, '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
    chmodSync(join(made, 'tls.key'), 0o600);
    return made;
  }

  /** Has the files lead to another folder at once, as Kubernetes does. */
  function lead(to: string): void {
    symlinkSync(to, join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, '..data'));
  }

  const printOf = (made: string): string => new X509Certificate(readFileSync(join(made, 'tls.crt'))).fingerprint256;

  async function served(): Promise<string | undefined> {
    const port = Number(new URL(server.addresses.https ?? '').port);
    const line = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(line, 'secureConnect');
    const print = line.getPeerX509Certificate()?.fingerprint256;
    line.destroy();
    return print;
  }

  /** The lines of the log that tell of the certificate. */
  function said(): readonly string[] {
    log.flush();
    const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
    return lines.map((line) => String(JSON.parse(line).msg)).filter((line) => line.startsWith('certificate'));
  }

  const doctor = async () => {
    const flags = ['--tls-cert', files.cert, '--tls-key', files.key, '--https', '127.0.0.1:0', '--ops', 'off'];
    const ran = await ringback(['doctor', '--json', '--data', join(folder, 'data'), ...flags]);
    const found = JSON.parse(ran.out) as { level: string; what: string; text: string }[];
    return found.filter(({ what }) => what === 'certificate');
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-renewed-'));
    lead(make('first'));
    files = { cert: join(folder, '..data', 'tls.crt'), key: join(folder, '..data', 'tls.key') };
    const data = join(folder, 'data');
    const { settings } = loadSettings({
      flags: { data, https: '127.0.0.1:0', ops: 'off', 'tls.cert': files.cert, 'tls.key': files.key },
      env: { RINGBACK_MEDIA_PROVIDER: 'p2p' },
    });
    fd = openSync(join(folder, 'log'), 'w');
    log = openLog({ level: 'info', fd });
    clock = new ManualClock(Date.now());
    server = await startServer({
      settings,
      log,
      clock,
      onFatal: (error) => {
        throw error;
      },
    });
  });

  afterEach(async () => {
    await server.close();
    log.flush();
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is in force for new connections within a minute, without a signal', async () => {
    expect(await served()).toBe(printOf(join(folder, 'first')));
    clock.advance(minute);
    expect(said()).toEqual([]);
    const second = make('second');
    lead(second);
    expect(await doctor()).toMatchObject([
      { level: 'warn', text: expect.stringContaining(`still uses another one than ${files.cert} holds`) },
      { level: 'ok' },
    ]);
    clock.advance(minute);
    await vi.waitFor(() => expect(said()).toEqual(['certificate reloaded']));
    expect(await served()).toBe(printOf(second));
    expect(await doctor()).toMatchObject([{ level: 'ok' }]);
    clock.advance(10 * minute);
    expect(said()).toHaveLength(1);
  });

  it('and cannot be used is told of once; the old one stays until one comes that can', async () => {
    const [second, third] = [make('second'), make('third')];
    copyFileSync(join(third, 'tls.key'), join(second, 'tls.key'));
    lead(second);
    const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < 3; i += 1) {
      clock.advance(minute);
      await settle();
    }
    expect(said()).toEqual(['certificate not reloaded, the old one stays']);
    expect(await served()).toBe(printOf(join(folder, 'first')));
    writeFileSync(files.cert, '');
    rmSync(files.key);
    for (let i = 0; i < 3; i += 1) {
      clock.advance(minute);
      await settle();
    }
    expect(said()).toHaveLength(2);
    expect(await served()).toBe(printOf(join(folder, 'first')));
    lead(third);
    clock.advance(minute);
    await vi.waitFor(() => expect(said().at(-1)).toBe('certificate reloaded'));
    expect(await served()).toBe(printOf(third));
  });
});
