import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { devCertificate } from '../../src/config/dev-certificate.ts';
import { parsed, type Ran, ringback, serve } from '../support/cli.ts';

const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', '127.0.0.1:0'];
const ready = /Ctrl-C stops the server/;
const records = 'call_record_http_srv/get_record_by_filter';

let folder: string;

/** A TLS connection that takes whatever certificate it is shown. */
async function secureLine(port: number): Promise<TLSSocket> {
  const line = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(line, 'secureConnect');
  return line;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-serve-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a running development server', () => {
  let data: string;
  let server: Awaited<ReturnType<typeof serve>>;
  const run = (...args: string[]): Promise<Ran> => parsed([...args, '--data', data]);

  beforeAll(async () => {
    data = join(folder, 'data');
    server = await serve(['--dev', '--data', data, ...ports], ready);
  });

  afterAll(() => server.child.kill('SIGKILL'));

  it('prints every address, the application, its key and a signature, and says that it is not for production', () => {
    const { output } = server;
    for (const wanted of [
      /HTTP {2,}http:\/\/127\.0\.0\.1:\d+$/m,
      /HTTPS {2,}https:\/\/127\.0\.0\.1:\d+$/m,
      /ws:\/\/127\.0\.0\.1:\d+\/signalling$/m,
      /http:\/\/127\.0\.0\.1:\d+\/metrics$/m,
      /http:\/\/127\.0\.0\.1:\d+\/healthz$/m,
      /Application {2,}1400000001$/m,
      /Key {2,}[0-9a-f]{64}$/m,
      /UserSig {2,}[A-Za-z0-9*_-]+$/m,
      /not for production/,
    ]) {
      expect(output).toMatch(wanted);
    }
  });

  it('prints curl lines that can be pasted into a shell and answer ErrorCode 0, over HTTP and HTTPS', async () => {
    const lines = server.output.split('\n').filter((line) => line.startsWith('  curl '));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const { stdout } = await promisify(execFile)('sh', ['-c', line.trim()]);
      expect(JSON.parse(stdout)).toMatchObject({ ActionStatus: 'OK', ErrorCode: 0 });
    }
  });

  it('call signs, sends, prints the answer; the exit code tells whether it was done', async () => {
    const done = await run('call', records, '{"NumberPerPage": 5}');
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toMatch(/^\{\n {2}"ActionStatus": "OK"/);
    expect(JSON.parse(done.out)).toMatchObject({ ErrorCode: 0, Response: { TotalNum: 0 } });
    const refused = await run('call', 'call_engine_http_srv/end_call', '{"CallId": "none"}');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out).ErrorCode).not.toBe(0);
    const stranger = await run('call', records, '--identifier', 'alice');
    expect([stranger.code, JSON.parse(stranger.out).ErrorCode]).toEqual([1, 60_010]);
    const unknown = await run('call', 'call_engine_http_srv/end_cal', '{}');
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringContaining('Did you mean call_engine_http_srv/end_call?'),
    });
  });

  it('call reads its body from standard input, and sends to the URL that is named', async () => {
    const http = /http:\/\/127\.0\.0\.1:\d+/.exec(server.output)?.[0] ?? '';
    const https = /https:\/\/127\.0\.0\.1:\d+/.exec(server.output)?.[0] ?? '';
    for (const url of [http, https]) {
      const ran = await ringback(['call', records, '-', '--url', url, '--data', data], { input: '{"Page": 0}' });
      expect(JSON.parse(ran.out)).toMatchObject({ ErrorCode: 101_002 });
    }
    const closed = await run('call', records, '--url', 'http://127.0.0.1:1');
    expect(closed).toMatchObject({ code: 1, err: expect.stringContaining('http://127.0.0.1:1 cannot be reached') });
  });

  it('what app changes is in force at once', async () => {
    const made = JSON.parse((await run('app', 'create', '--json', '--name', 'Second')).out);
    expect(made.id).toBe(1_400_000_002);
    const app = ['--app', String(made.id)];
    const code = async (): Promise<number> => JSON.parse((await run('call', records, '{}', ...app)).out).ErrorCode;
    expect(await code()).toBe(0);
    await run('app', 'disable', String(made.id));
    expect(await code()).toBe(60_016);
    await run('app', 'enable', String(made.id));
    expect(await code()).toBe(0);

    const base = /http:\/\/127\.0\.0\.1:\d+/.exec(server.output)?.[0] ?? '';
    const sig = (await run('usersig', 'make', ...app, '--user', 'administrator')).out.trim();
    const send = () => post(`${base}/v4/${records}?sdkappid=${made.id}&identifier=administrator&usersig=${sig}`);
    expect((await send()).ErrorCode).toBe(0);
    await run('app', 'add-key', String(made.id));
    expect((await send()).ErrorCode).toBe(0);
    await run('app', 'remove-key', String(made.id), 'k1');
    expect((await send()).ErrorCode).toBe(70_009);
  });

  it('calls lists a live call, and end ends it', async () => {
    const none = await run('calls', '--app', '1400000001');
    expect(none).toEqual({ code: 0, out: 'Nobody is in a call.\n', err: '' });
    // A robot can call an account that has signed in at least once; every application has its administrator.
    const body = JSON.stringify({
      Robot_Account: 'robot',
      CalleeList_Account: ['administrator'],
      Timeout: 60_000,
      CallInfo: { MediaType: 'Audio' },
    });
    const started = await run('call', 'call_engine_http_srv/start_call_by_robot', body, '--app', '1400000001');
    const callId = JSON.parse(started.out).Response.CallId;
    const listed = JSON.parse((await run('calls', '--json')).out);
    expect(listed).toMatchObject([
      {
        app: 1_400_000_001,
        callId,
        callType: 'SingleCall',
        mediaType: 'Audio',
        acceptedAt: 0,
        members: [
          { userId: 'robot', status: 'Calling' },
          { userId: 'administrator', status: 'Waiting' },
        ],
      },
    ]);
    const shown = await run('calls');
    expect(shown.out).toContain(callId);
    expect(shown.out).toContain('robot, administrator (rings)');
    expect((await run('calls', 'end', callId)).code).toBe(0);
    expect((await run('calls', '--json')).out).toBe('[]\n');
    expect(await run('calls', 'end', callId)).toMatchObject({ code: 1, err: expect.stringContaining('no live call') });
  });

  it('doctor sees the server and its ports, and finds nothing wrong', async () => {
    const { code, out } = await run('doctor', '--json');
    const findings = JSON.parse(out) as { level: string; what: string; text: string }[];
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    expect(findings.find(({ what }) => what === 'server')?.text).toContain(`process ${server.child.pid}`);
    expect(findings.find(({ what }) => what === 'port https')?.text).toContain('The running server has it');
    expect(findings.find(({ what }) => what === 'certificate')?.text).toContain('localhost');
  });

  it('doctor goes on where the certificate cannot be read, and says so once', async () => {
    const files = ['--tls-cert', folder, '--tls-key', join(data, 'dev-key.pem')];
    const { code, out } = await run('doctor', '--json', ...files);
    const findings = JSON.parse(out) as { level: string; what: string; text: string }[];
    expect(findings.filter(({ level }) => level === 'fail')).toMatchObject([
      { what: 'certificate', text: `tls.cert: ${folder} cannot be read: it is a folder, not a file.` },
    ]);
    expect(code).toBe(1);
  });

  it('a second one on the same data refuses to start and names the first', async () => {
    const { code, out, err } = await ringback(['serve', '--dev', '--data', data, ...ports]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`is in use by a Ringback server, process ${server.child.pid}.`);
    expect((await run('app', 'list')).code).toBe(0);
  });

  it('SIGHUP puts a new certificate in force for new connections, and open ones stay', async () => {
    const port = Number(/https:\/\/127\.0\.0\.1:(\d+)$/m.exec(server.output)?.[1]);
    const line = await secureLine(port);
    const before = line.getPeerX509Certificate()?.fingerprint256;
    const answered = async (): Promise<string> => {
      line.write('HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const [chunk] = await once(line, 'data');
      return String(chunk).slice(0, 15);
    };
    expect(await answered()).toBe('HTTP/1.1 200 OK');

    for (const name of ['dev-cert.pem', 'dev-key.pem']) rmSync(join(data, name));
    await devCertificate(data, Date.now());
    // Until then the old one is in use, whatever the files are: a command on this computer still gets through.
    expect(await run('call', records, '{}', '--app', '1400000001')).toMatchObject({ code: 0, err: '' });
    server.child.kill('SIGHUP');
    for (let waited = 0; !server.output.includes('certificate reloaded') && waited < 100; waited += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const anew = await secureLine(port);
    const made = new X509Certificate(readFileSync(join(data, 'dev-cert.pem')));
    expect(anew.getPeerX509Certificate()?.fingerprint256).toBe(made.fingerprint256);
    expect(before).not.toBe(made.fingerprint256);
    anew.destroy();

    expect(await answered()).toBe('HTTP/1.1 200 OK');
    line.destroy();
    expect((await run('call', records, '{}', '--app', '1400000001')).code).toBe(0);
  });

  it('SIGTERM stops it with code 0; started again it has the same key, and a key in the log there never was', async () => {
    server.child.kill('SIGTERM');
    const { code, out, err } = await server.ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const key = /Key {2,}([0-9a-f]{64})/.exec(out)?.[1] ?? 'none';
    const log = out.split('\n').filter((line) => line.startsWith('{'));
    expect(log.length).toBeGreaterThan(5);
    expect(log.join('\n')).not.toContain(key);
    expect(log.join('\n')).not.toMatch(/usersig|eJ[\w*-]{40}/i);
    expect(statSync(data).mode & 0o777).toBe(0o700);

    server = await serve(['--dev', '--data', data, '--ops', 'off', '--https', 'off', '--http', '127.0.0.1:0'], ready);
    expect(server.output).toContain(key);
    expect(server.output).not.toMatch(/https:\/\/127|metrics|--cacert/);
    expect((await run('call', records, '{}', '--app', '1400000001')).code).toBe(0);
    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
  });

  it('killed, it leaves nothing in the way: commands work on the database, and it starts again', async () => {
    server = await serve(['--dev', '--data', data, ...ports], ready);
    server.child.kill('SIGKILL');
    await server.ended;
    expect((await run('app', 'list')).out).toContain('1400000001');
    server = await serve(['--dev', '--data', data, ...ports], ready);
    expect((await run('app', 'list')).code).toBe(0);
  });
});

describe('serve', () => {
  it('without a certificate says how to get one, in one sentence and with code 1', async () => {
    const { code, out, err } = await ringback(['serve', '--data', join(folder, 'prod')]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: HTTPS needs a certificate\..*--dev.*\n$/);
  });

  it('listens on loopback when development or the port of metrics is given a port without a host', async () => {
    const alone = ['--http', '0', '--https', ':0', '--ops', '0'];
    const server = await serve(['--dev', '--data', join(folder, 'alone'), ...alone], ready);
    server.child.kill('SIGKILL');
    expect(server.output).toMatch(/HTTP {2,}http:\/\/127\.0\.0\.1:\d+\n +HTTPS {2,}https:\/\/127\.0\.0\.1:/);
    expect(server.output).toMatch(/Metrics {2,}http:\/\/127\.0\.0\.1:/);
    expect(server.output).not.toContain('0.0.0.0');
  });

  it('on a port that is taken says which, and lets go of the data directory', async () => {
    const first = await serve(['--dev', '--data', join(folder, 'one'), ...ports], ready);
    const taken = /http:\/\/(127\.0\.0\.1:\d+)/.exec(first.output)?.[1] ?? '';
    const data = join(folder, 'two');
    const { code, err } = await ringback(['serve', '--dev', '--data', data, ...ports, '--http', taken]);
    first.child.kill('SIGKILL');
    expect(code).toBe(1);
    expect(err).toContain(`error: ${taken} is taken by another program.`);
    expect((await ringback(['app', 'list', '--data', data])).code).toBe(0);
  });
});

function post(url: string): Promise<{ readonly ErrorCode: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    sent.on('error', reject);
    sent.end('{}');
  });
}
