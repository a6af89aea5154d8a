import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, describe, expect, it } from 'vitest';

const guides = join(dirname(fileURLToPath(import.meta.url)), '../guides');
const work = mkdtempSync(join(tmpdir(), 'ringback-guides-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The receivers of the guide, and how they are run. `build` comes first. */
const receivers = [
  { language: 'Node', file: 'node.mjs', run: (file: string) => [process.execPath, file] },
  { language: 'Python', file: 'python.py', run: (file: string) => ['python3', file] },
  {
    language: 'Go',
    file: 'go/main.go',
    build: (file: string) => ['go', 'build', '-o', join(work, 'receiver'), file],
    run: () => [join(work, 'receiver')],
  },
  { language: 'Java', file: 'java/Verify.java', run: (file: string) => ['java', file] },
  {
    language: 'PHP',
    file: 'php.php',
    run: (file: string, port: number) => ['php', '-S', `127.0.0.1:${port}`, file],
  },
] as const;

const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const [first, second] = [secret(), secret()];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const env = { GO111MODULE: 'off', GOCACHE: join(work, 'go-cache'), GOFLAGS: '-p=2', HOME: work };

/** Starts a receiver and waits until it takes connections. */
async function start({ file, run }: (typeof receivers)[number]) {
  const port = await freePort();
  const [command = '', ...args] = run(join(guides, 'verify', file), port);
  const child = spawn(command, args, {
    env: { ...process.env, ...env, PORT: String(port), RINGBACK_WEBHOOK_SECRET: `${first} ${second}`, TMPDIR: work },
  });
  const out = { text: '' };
  child.stdout.on('data', (chunk) => {
    out.text += String(chunk);
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  for (let i = 0; i < 1500; i += 1) {
    if (child.exitCode !== null) throw new Error(`It ended: ${err}`);
    const up = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { child, port, out };
}

const url = (port: number) =>
  `http://127.0.0.1:${port}/hook?SdkAppid=1400000001&CallbackCommand=Call.CallbackAfterStartCall&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web`;

describe.each(receivers.map((one) => [one.language, one] as const))(
  'the receiver of the guide in %s',
  (_, receiver) => {
    let child: ChildProcess | undefined;
    afterAll(() => child?.kill('SIGKILL'));

    it('takes what Ringback signs, once, and nothing else', async () => {
      if ('build' in receiver) {
        const [command = '', ...args] = receiver.build(join(guides, 'verify', receiver.file));
        const built = spawnSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
        expect([built.status, built.stderr]).toEqual([0, '']);
      }
      const started = await start(receiver);
      child = started.child;
      const { port, out } = started;
      const callId = randomUUID();
      const body = JSON.stringify({
        CallbackCommand: 'Call.CallbackAfterStartCall',
        CallInfo: { CallId: callId, MediaType: 'Video', RoomId: '전화 ☎ 🎉' },
        EventTime: Date.now(),
        EventSeq: 1,
      });
      const send = async (
        id: string,
        { key = first, at = new Date(), text = body, sent = '', method = 'POST', headers = {} } = {},
      ) => {
        const own = {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Webhook(key).sign(id, at, text),
          ...headers,
        };
        const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ''));
        const response = await fetch(url(port), {
          method,
          headers: given,
          ...(method === 'POST' ? { body: sent || text } : {}),
        });
        return { status: response.status, text: await response.text() };
      };
      const says = async (line: string) => {
        for (let i = 0; i < 250 && !out.text.includes(line); i += 1) await new Promise((r) => setTimeout(r, 20));
        expect(out.text).toContain(line);
      };

      const good = await send(`${callId}-1`);
      expect([good.status, JSON.parse(good.text)]).toEqual([200, { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 }]);
      await says(`${callId}-1 Call.CallbackAfterStartCall ${callId}`);
      expect((await send(`${callId}-1`)).status).toBe(200);
      await says(`duplicate ${callId}-1`);
      expect((await send(`${callId}-2`, { key: second })).status).toBe(200);
      const rotated = new Webhook(first).sign(`${callId}-3`, new Date(), body);
      const foreign = new Webhook(secret()).sign(`${callId}-3`, new Date(), body);
      expect((await send(`${callId}-3`, { headers: { 'webhook-signature': `${foreign} ${rotated}` } })).status).toBe(
        200,
      );

      expect((await send(`${callId}-4`, { key: secret() })).status).toBe(401);
      expect((await send(`${callId}-4`, { sent: body.replace('Video', 'Audio') })).status).toBe(401);
      expect((await send(`${callId}-4`, { at: new Date(Date.now() - 360_000) })).status).toBe(401);
      expect((await send(`${callId}-4`, { at: new Date(Date.now() + 360_000) })).status).toBe(401);
      for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
        expect([name, (await send(`${callId}-4`, { headers: { [name]: '' } })).status]).toEqual([name, 401]);
      }
      expect((await send(`${callId}-4`, { headers: { 'webhook-timestamp': 'now' } })).status).toBe(401);
      expect((await send(`${callId}-4`, { method: 'GET' })).status).toBe(405);
      expect((await send(`${callId}-4`, { text: 'x'.repeat(2 * 1024 * 1024) })).status).toBe(413);
      expect(out.text).not.toContain(`${callId}-4`);
    }, 60_000);
  },
);

describe('the guide', () => {
  it('shows exactly what the receivers do', () => {
    const text = readFileSync(join(guides, 'verifying-webhooks.md'), 'utf8');
    for (const { file } of receivers) {
      const source = readFileSync(join(guides, 'verify', file), 'utf8');
      const region = /guide:begin\n+([\s\S]*?)\n+[^\n]*guide:end/.exec(source)?.[1] ?? 'no region';
      const indent = /^ */.exec(region)?.[0] ?? '';
      const shown = region.replace(new RegExp(`^${indent}`, 'gm'), '');
      expect(text).toContain(`\n${shown}\n\`\`\``);
    }
  });
});
