import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { controlClient } from '../../src/admin/control-client.ts';
import { parsed, type Ran, serve } from '../support/cli.ts';
import { Receiver } from '../webhooks/receiver.ts';

const program = fileURLToPath(new URL('../../bin/ringback.mjs', import.meta.url));
/** The application of development mode. */
const app = '1400000001';
const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', '127.0.0.1:0'];

let folder: string;
let data: string;
let server: Awaited<ReturnType<typeof serve>>;
let there: Receiver;
const run = (...args: string[]): Promise<Ran> => parsed([...args, '--data', data]);
const said = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-webhooks-'));
  data = join(folder, 'data');
  server = await serve(['--dev', '--data', data, ...ports], /Ctrl-C stops the server/);
  there = await Receiver.open();
});
afterAll(async () => {
  server.child.kill('SIGKILL');
  await there.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  there.got.length = 0;
});

describe('ringback webhooks', () => {
  it('says what to do while nothing is configured', async () => {
    expect(await said('webhooks', 'list')).toContain('ringback webhooks add');
    expect(await said('webhooks', 'log')).toContain('No attempt');
    const { out, err } = await run('trigger', 'start-call');
    expect(out).toContain('nobody wants it');
    expect(err).toContain('set_callback');
  });

  it('makes, shows, tests, changes, pauses, resumes and removes an endpoint', async () => {
    const made = await said('webhooks', 'add', 'crm', there.url, '--events', 'start-call,end-call');
    const secret = /whsec_\S+/.exec(made)?.[0] ?? '';
    expect(await said('webhooks', 'secret', 'crm')).toContain(secret);
    expect(await said('webhooks', 'list')).toMatch(/crm +active +StartCall, EndCall +0 +0 +http/);
    expect(await said('webhooks', 'test', 'crm')).toMatch(
      /answered {2}HTTP 200 in \d+ ms[\s\S]*Taken: this endpoint works/,
    );
    const [got] = there.got;
    new Webhook(secret).verify(got?.text ?? '', got?.headers as Record<string, string>);
    expect(await said('webhooks', 'secret', 'crm', '--rotate')).toMatch(/secret {2}whsec_\S+\n {2}before {2}whsec_/);
    expect(await said('webhooks', 'secret', 'crm', '--retire')).toContain('newest secret only');
    expect(await said('webhooks', 'set', 'crm', '--events', 'member-changed', '--token', 'x')).toContain(
      'MemberChanged',
    );
    expect(await said('webhooks', 'pause', 'crm')).toContain('is paused');
    expect(await said('webhooks', 'resume', 'crm')).toContain('is active');
    expect(await said('webhooks', 'remove', 'crm')).toContain('is removed');
  });

  it('shows what became of events, and replays them', async () => {
    await said('webhooks', 'add', 'log', there.url);
    there.reply = (answer) => answer(500, 'broken \u001b[31m');
    const triggered = JSON.parse(await said('trigger', 'call', '--json'));
    await there.gets(2);
    const { callId } = triggered;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const log = await said('webhooks', 'log', '--failed', '--call', callId);
    expect(log).toMatch(/log +StartCall +failed +\d+ ms +\d\d:\d\d:\d\d +\S+-1 +HTTP 500/);
    there.reply = (answer) => answer(200);
    await there.gets(6);
    const shown = await said('webhooks', 'show', `${callId}-1`);
    expect(shown).toContain(`"CallId": "${callId}"`);
    expect(shown).toMatch(/attempt 1 to log: failed in \d+ ms, next /);
    expect(shown).toContain('  | broken ?[31m');
    there.got.length = 0;
    expect(await said('webhooks', 'replay', `${callId}-2`)).toContain('1 event waits again at log.');
    await there.gets(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await said('webhooks', 'replay', '--failed')).toContain('nothing of the kind');
    const { out, err } = await run('webhooks', 'replay', '--from', '1h', '--wait');
    expect(out).toContain('4 events wait again at log.');
    expect(err).toContain('delivered');
    expect(there.got.length).toBe(5);
    expect(await said('webhooks', 'parked', 'log')).toContain('Nothing was given up');
    await said('webhooks', 'remove', 'log');
  });

  it('an event that is not taken is exit code 1, for people and as JSON', async () => {
    await said('webhooks', 'add', 'crm', there.url);
    there.reply = (answer) => answer(500, 'broken');
    expect(await run('webhooks', 'test', 'crm')).toMatchObject({ code: 1, out: expect.stringContaining('Not taken') });
    const { code, out } = await run('webhooks', 'test', 'crm', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([1, { status: 500, answer: 'broken' }]);
    there.reply = (answer) => answer(200);
    expect(JSON.parse(await said('webhooks', 'test', 'crm', '--json'))).toMatchObject({ status: 200, error: '' });
    await said('webhooks', 'remove', 'crm');
  });

  it('a replay is waited for when it is shown as JSON, too', async () => {
    await said('webhooks', 'add', 'crm', there.url);
    const { callId } = JSON.parse(await said('trigger', 'start-call', '--json'));
    await there.gets(1);
    await vi.waitFor(async () => expect(await said('webhooks', 'list')).toMatch(/crm +active .* 0 +0 +http/));
    there.got.length = 0;
    there.reply = (answer) => void setTimeout(answer, 700, 200);
    const { code, out, err } = await run('webhooks', 'replay', `${callId}-1`, '--wait', '--json');
    expect([code, JSON.parse(out), err, there.got.length]).toEqual([0, { crm: 1 }, 'All of them are delivered.\n', 1]);
    await said('webhooks', 'remove', 'crm');
  });

  it('a replay is waited for where it goes, and endpoints that nothing is sent to are named', async () => {
    for (const id of ['crm', 'other']) await said('webhooks', 'add', id, there.url);
    await said('webhooks', 'pause', 'other');
    there.reply = (answer) => answer(200);
    const { callId } = JSON.parse(await said('trigger', 'start-call', '--json'));
    await there.gets(1);
    await vi.waitFor(async () => expect(await said('webhooks', 'list')).toMatch(/crm +active .* 0 +0 +http/));
    const replayed = (...args: string[]) => run('webhooks', 'replay', `${callId}-1`, '--wait', ...args);
    expect(await replayed('--endpoint', 'crm')).toMatchObject({ code: 0, err: 'All of them are delivered.\n' });
    expect(there.got.length).toBe(2);
    const { code, out, err } = await replayed();
    expect([code, out]).toEqual([1, '1 event waits again at crm.\n1 event waits again at other.\n']);
    expect(err).toBe('other is paused; 1 wait there. `ringback webhooks resume other` sends them.\n');
    for (const id of ['crm', 'other']) await said('webhooks', 'remove', id);
  });

  it.each<[string[], string]>([
    [['webhooks', 'add', 'a', 'http://10.1.2.3/'], 'private'],
    [['webhooks', 'add', 'A B', 'https://x.example/'], 'id must be'],
    [['webhooks', 'add', 'a', 'https://x.example/', '--events', 'ring'], 'There is no event ring'],
    [['webhooks', 'pause', 'nothing'], 'has no endpoint nothing'],
    [['webhooks', 'replay'], 'Say what to replay'],
    [['webhooks', 'replay', '--from', 'yesterday'], 'Write a time such as'],
    [['trigger', 'ring'], 'There is no event ring'],
    [['listen', '--events', 'ring'], 'There is no event ring'],
    [['listen', '--forward-to', 'nowhere'], 'is not a URL'],
    [['listen', '--forward-to', 'http://:::'], 'is not a URL'],
    [['listen', '--secret', 'abc'], '--secret must be whsec_'],
    [['webhooks', 'secret', 'callback', '--rotate', '--retire'], 'First --rotate'],
    [['webhooks', 'secret', 'callback', '--secret', 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='], '--rotate'],
    [['listen', '--usersig', 'x'], '--usersig needs'],
    [['listen', '--url', 'http://127.0.0.1:1'], 'cannot be reached'],
  ])('%j ends with a sentence', async (args, sentence) => {
    const { code, err } = await run(...args);
    expect(code).not.toBe(0);
    expect(err).toContain(sentence);
  });
});

describe('ringback push test', () => {
  it('a push that is not taken is exit code 1, for people and as JSON', async () => {
    await said('push', 'set', 'own', '--kind', 'webhook', '--url', there.url);
    await registered('bob', 'own');
    there.reply = (answer) => answer(500, 'broken');
    expect(await run('push', 'test', 'bob')).toMatchObject({ code: 1, out: expect.stringContaining('HTTP 500') });
    const { code, out } = await run('push', 'test', 'bob', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([1, [{ device: 'bob-phone', status: 500 }]]);
    there.reply = (answer) => answer(200);
    expect(JSON.parse(await said('push', 'test', 'bob', '--json'))).toMatchObject([{ outcome: 'sent' }]);
    await said('push', 'remove', 'own');
  });

  /** Has a device of a user that pushes can ring. */
  async function registered(user: string, provider: string): Promise<void> {
    const userSig = (await said('usersig', 'make', '--user', user, '--app', app)).trim();
    const { server: facts } = (await controlClient(data)('status', {})) as { server: { addresses: { http: string } } };
    const socket = new WebSocket(`${facts.addresses.http.replace('http', 'ws')}/signalling`, 'ringback.v1');
    const ask = (id: number, method: string, params: object): Promise<unknown> =>
      new Promise((resolve, reject) => {
        socket.once('error', reject).on('message', (text) => {
          const frame = JSON.parse(String(text));
          if (frame.id !== id) return;
          if (frame.error === undefined) resolve(frame.result);
          else reject(new Error(frame.error.message));
        });
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    await once(socket, 'open');
    const device = { userId: user, deviceId: `${user}-phone`, platform: 'Android' };
    await ask(1, 'signIn', { sdkAppId: Number(app), userSig, ...device });
    await ask(2, 'registerPush', { provider, token: 'a-token' });
    socket.close();
  }
});

describe('ringback doctor', () => {
  it('names endpoints that nothing goes to, and what to do', async () => {
    const found = async () =>
      JSON.parse((await run('doctor', '--dev', '--json')).out).filter(
        ({ what }: { what: string }) => what === 'webhooks',
      );
    expect(await found()).toEqual([]);
    await said('webhooks', 'add', 'idle', there.url);
    expect(await found()).toEqual([
      { level: 'ok', what: 'webhooks', text: '1 endpoint, none of them stopped.', fix: '' },
    ]);
    await said('webhooks', 'pause', 'idle');
    await said('trigger', 'start-call');
    expect(await found()).toMatchObject([
      {
        level: 'warn',
        text: expect.stringMatching(/idle .* is paused; 1 events wait/),
        fix: expect.stringMatching(/resume idle/),
      },
    ]);
    there.reply = (answer) => answer(410);
    await said('webhooks', 'resume', 'idle');
    await there.gets(1);
    for (let i = 0; i < 100 && (await found())[0]?.level === 'ok'; i += 1) await new Promise((r) => setTimeout(r, 20));
    expect(await found()).toMatchObject([{ level: 'warn', text: expect.stringMatching(/has answered 410/) }]);
    await said('webhooks', 'remove', 'idle');
  });
});

describe('ringback listen', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  /** Starts it as a user would; what it has said, and how it ends. */
  async function listen(...args: string[]) {
    const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config'), APPDATA: join(folder, 'config') };
    const own = spawn(process.execPath, [program, 'listen', '--data', data, ...args], { env });
    child = own;
    const out = { text: '', err: '' };
    own.stdout.on('data', (chunk) => {
      out.text += String(chunk);
    });
    own.stderr.on('data', (chunk) => {
      out.err += String(chunk);
    });
    const ended = new Promise<number | null>((resolve) => own.on('exit', resolve));
    const says = async (wanted: RegExp, where: 'text' | 'err' = 'text') => {
      for (let i = 0; i < 1000 && !wanted.test(out[where]); i += 1) await new Promise((r) => setTimeout(r, 10));
      expect(out[where]).toMatch(wanted);
    };
    await says(/Press Ctrl-C/, 'err');
    return { out, says, ended, stop: () => own.kill('SIGINT') };
  }

  it('prints and forwards events, signed with a secret that stays the same, and stops on Ctrl-C', async () => {
    there.reply = (answer) => answer(202);
    const one = await listen('--forward-to', `${there.url}?a=b`);
    const secret = /whsec_\S+/.exec(one.out.err)?.[0] ?? '';
    await run('trigger', 'call');
    await there.gets(4);
    await one.says(/(→ HTTP 202 in \d+ ms[\s\S]*){4}/);
    expect(there.got.map(({ query }) => query.get('CallbackCommand'))).toEqual([
      'Call.CallbackAfterStartCall',
      'Call.CallbackAfterMemberChanged',
      'Call.CallbackAfterMemberChanged',
      'Call.CallbackAfterEndCall',
    ]);
    expect(there.got[0]?.query.get('a')).toBe('b');
    for (const { text, headers } of there.got) new Webhook(secret).verify(text, headers as Record<string, string>);
    one.stop();
    expect(await one.ended).toBe(0);
    const again = await listen();
    expect(again.out.err).toContain(secret);
    again.stop();
    expect(await again.ended).toBe(0);
  });

  it('signs what it forwards where the keys are not, with a secret of this computer that stays the same', async () => {
    there.reply = (answer) => answer(200);
    const usersig = (await said('usersig', 'make', '--user', 'administrator', '--app', app)).trim();
    const { server: facts } = (await controlClient(data)('status', {})) as { server: { addresses: { http: string } } };
    const from = ['--url', facts.addresses.http, '--app', app, '--usersig', usersig, '--forward-to', there.url];
    const one = await listen(...from);
    const secret = /whsec_\S+/.exec(one.out.err)?.[0] ?? '';
    await run('trigger', 'start-call');
    await there.gets(1);
    new Webhook(secret).verify(there.got[0]?.text ?? '', there.got[0]?.headers as Record<string, string>);
    expect(statSync(join(folder, 'config', 'ringback', 'secret')).mode & 0o777).toBe(0o600);
    one.stop();
    await one.ended;
    const again = await listen(...from);
    expect(again.out.err).toContain(secret);
    again.stop();
    await again.ended;
  });

  it('comes back when the server could not be heard for a while, and ends when it is refused', async () => {
    let connections = 0;
    const fake = createServer((_, response) => {
      connections += 1;
      if (connections === 2) response.writeHead(503).end('{"error":"The server is starting."}');
      else if (connections === 4) response.writeHead(403).end('{"error":"Not you."}');
      else {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        response.write('\n');
        setTimeout(() => response.destroy(), 50);
      }
    });
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
    const { port } = fake.address() as AddressInfo;
    const one = await listen('--url', `http://127.0.0.1:${port}`, '--app', '1', '--usersig', 'x');
    await one.says(/The server is starting\. Trying again/, 'err');
    await one.says(/Connected again to application 1/, 'err');
    expect(await one.ended).toBe(1);
    expect(one.out.err).toContain('Not you.');
    fake.close();
  });

  it('prints JSON, of the events that are asked for', async () => {
    const one = await listen('--json', '--events', 'end-call');
    await run('trigger', 'call');
    await one.says(/EndCall/);
    const lines = one.out.text.trim().split('\n');
    expect(lines.length).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      command: 'Call.CallbackAfterEndCall',
      body: { CallRecord: { Caller_Account: 'alice', CallResult: 'NormalEnd' } },
    });
    one.stop();
    await one.ended;
  });
});
