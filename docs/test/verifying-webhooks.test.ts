import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const guides = fileURLToPath(new URL('../guides', import.meta.url));
const guide = readFileSync(join(guides, 'verifying-webhooks.md'), 'utf8');

interface Language {
  readonly name: string;
  /** Below `verify/`. */
  readonly file: string;
  /** What a fenced block of the guide is called. */
  readonly fence: string;
  /** Succeeds where the receiver can run. */
  readonly probe: readonly [string, string];
  /** The Debian package that brings it; none for what every developer of Ringback has. */
  readonly debian?: string;
  readonly command: (file: string, port: number) => readonly [string, ...string[]];
}

const languages: readonly Language[] = [
  {
    name: 'Node',
    file: 'node.mjs',
    fence: 'js',
    probe: [process.execPath, '--version'],
    command: (file) => [process.execPath, file],
  },
  {
    name: 'Python',
    file: 'python.py',
    fence: 'python',
    probe: ['python3', '--version'],
    command: (file) => ['python3', file],
  },
  {
    name: 'Go',
    file: 'go/main.go',
    fence: 'go',
    probe: ['go', 'version'],
    debian: 'golang-go',
    command: (file) => ['go', 'run', file],
  },
  {
    name: 'Java',
    file: 'java/Verify.java',
    fence: 'java',
    // Not `java`: a runtime without a compiler cannot run a source file.
    probe: ['javac', '-version'],
    debian: 'default-jdk-headless',
    command: (file) => ['java', file],
  },
  {
    name: 'PHP',
    file: 'php.php',
    fence: 'php',
    probe: ['php', '--version'],
    debian: 'php-cli',
    command: (file, port) => ['php', '-S', `127.0.0.1:${port}`, file],
  },
];

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const secrets = [newSecret(), newSecret()] as const;
const app = '1400000000';
const mebibyte = 1024 * 1024;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-guides-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A receiver as a process of its own. */
interface Receiver {
  readonly port: number;
  /** The lines that it has printed since it listens. */
  readonly lines: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts a receiver; rejects with what it said when it ends before it listens. */
async function start({ command, file }: Language, secret: string): Promise<Receiver> {
  const port = await freePort();
  const [program, ...args] = command(join(guides, 'verify', file), port);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RINGBACK_')));
  // A group of its own: `go run` does not end the program that it has built.
  const child: ChildProcess = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      ...{ GO111MODULE: 'off', GOFLAGS: '', GOPROXY: 'off', GOTOOLCHAIN: 'local', TMPDIR: folder },
      ...{ PORT: '0', RINGBACK_SDKAPPID: app, RINGBACK_WEBHOOK_SECRET: secret },
    },
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended.
    }
    await closed;
  };
  let [out, err] = ['', ''];
  const listening = new Promise<number>((resolve, reject) => {
    const look = () => {
      const own = /^listening on (\d+)$/m.exec(out)?.[1];
      if (own !== undefined) resolve(Number(own));
      else if (/Development Server .* started/.test(err)) resolve(port);
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      look();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      look();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`It ended with ${code}: ${out}${err}`)));
  });
  try {
    return {
      port: await listening,
      lines: () => out.split('\n').filter((line) => line !== '' && !line.startsWith('listening on ')),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What one request carries; each delivery of the tests is a right one with something changed. */
interface Delivery {
  readonly id: string;
  readonly secret: string;
  readonly at: Date;
  /** What is signed. */
  readonly body: string;
  /** What is sent in its place. */
  readonly sent?: string;
  readonly method: string;
  readonly app: string;
  /** In place of the right ones; undefined leaves one out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function post(port: number, { id, secret, at, body, sent, method, app, headers }: Delivery) {
  const given = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
    ...headers,
  };
  const data = method === 'GET' ? '' : Buffer.from(sent ?? body);
  const query = `SdkAppid=${app}&CallbackCommand=Call.CallbackAfterStartCall&contenttype=json&ClientIP=203.0.113.7&OptPlatform=Web`;
  return new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: `/hook?from=ringback&${query}`, method, agent: false });
    for (const [name, value] of Object.entries(given)) if (value !== undefined) asked.setHeader(name, value);
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
      );
    });
    if (method !== 'GET') asked.setHeader('content-length', data.length);
    asked.end(data);
  });
}

/** Begins a request and breaks off in the middle of its body. */
function breakOff(port: number): Promise<void> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/hook', agent: false });
    asked.setHeader('content-length', 1000);
    asked.on('error', () => {});
    asked.on('close', () => resolve());
    asked.write('{"CallbackCommand":', () => asked.destroy());
  });
}

/** Blanks, escapes and letters that do not survive when the body is parsed and written again, or read as Latin-1. */
const startCall = (callId: string) =>
  `{ "CallbackCommand" : "Call.CallbackAfterStartCall", "CallInfo": {"RoomId":"caf\\u00e9 \\/ Zoë ☎ 📞", "CallId":"${callId}"},\n "EventSeq": 1.0 }`;

describe.each(languages.map((one) => [one.name, one] as const))('the receiver in %s', (_, language) => {
  const [tool, version] = language.probe;
  const absent = language.debian !== undefined && spawnSync(tool, [version]).status !== 0;
  const why = absent ? ` (skipped: ${tool} is not on the PATH; it is in the Debian package ${language.debian})` : '';
  const test = (name: string, body: () => Promise<void>) => it.skipIf(absent)(`${name}${why}`, body);

  let receiver: Receiver;
  let callId: string;
  let right: Delivery;
  const printed: string[] = [];
  let count = 0;

  beforeAll(async () => {
    if (absent) return;
    receiver = await start(language, secrets.join(' '));
  }, 120_000);

  afterAll(async () => receiver?.stop());

  /** A right delivery of a new event, with something changed. */
  const delivery = (changed: Partial<Delivery> = {}): Delivery => {
    callId = randomUUID();
    count += 1;
    right = {
      id: `${callId}-${count}`,
      secret: secrets[0],
      at: new Date(),
      body: startCall(callId),
      method: 'POST',
      app,
      headers: {},
    };
    return { ...right, ...changed };
  };

  const prints = async (...lines: string[]) => {
    printed.push(...lines);
    for (let i = 0; i < 250 && receiver.lines().length < printed.length; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Sorted: of two that come at once, either may print first.
    expect(receiver.lines().toSorted()).toEqual(printed.toSorted());
  };

  const takes = async (sent: Delivery) => {
    const { status, type, text } = await post(receiver.port, sent);
    expect([status, type, JSON.parse(text)]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
      { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 },
    ]);
  };

  const refuses = async (sent: Delivery, expected = 401) => {
    const { status, type, text } = await post(receiver.port, sent);
    expect([status, type, JSON.parse(text)]).toEqual([
      expected,
      expect.stringMatching(/^application\/json/),
      { ActionStatus: 'FAIL', ErrorInfo: expect.stringMatching(/./), ErrorCode: expected },
    ]);
  };

  test('takes a right delivery, and says OK to a duplicate without handling it again', async () => {
    const sent = delivery();
    await takes(sent);
    await prints(`${sent.id} Call.CallbackAfterStartCall ${callId}`);
    await takes({ ...sent, at: new Date(Date.now() + 1000) });
    await prints(`duplicate ${sent.id}`);
  });

  test('handles an event once that comes five times at once', async () => {
    const sent = delivery();
    await Promise.all(Array.from({ length: 5 }, () => takes(sent)));
    await prints(`${sent.id} Call.CallbackAfterStartCall ${callId}`, ...Array(4).fill(`duplicate ${sent.id}`));
  });

  test('finds the call in each kind of event', async () => {
    for (const [command, body] of [
      ['Call.CallbackAfterMemberChanged', (id: string) => ({ CallId: id, ChangedUserList: [] })],
      ['Call.CallbackAfterEndCall', (id: string) => ({ CallRecord: { CallId: id, CallResult: 'NormalEnd' } })],
    ] as const) {
      const sent = delivery();
      await takes({ ...sent, body: JSON.stringify({ CallbackCommand: command, ...body(callId), EventSeq: 2 }) });
      await prints(`${sent.id} ${command} ${callId}`);
    }
  });

  test('takes either secret, and any of several signatures', async () => {
    const second = delivery({ secret: secrets[1] });
    await takes(second);
    await prints(`${second.id} Call.CallbackAfterStartCall ${callId}`);
    const rotated = delivery();
    const [foreign, own] = [newSecret(), secrets[1]].map((secret) =>
      new Webhook(secret).sign(rotated.id, rotated.at, rotated.body),
    );
    await takes({ ...rotated, headers: { 'webhook-signature': `v1a,AAAA ${foreign} ${own}` } });
    await prints(`${rotated.id} Call.CallbackAfterStartCall ${callId}`);
  });

  test('refuses what somebody else signed, and a body, an id or a time that was altered', async () => {
    // By more than the requests before it may take.
    const later = String(Math.floor(Date.now() / 1000) + 60);
    await refuses(delivery({ secret: newSecret() }));
    await refuses(delivery({ sent: right.body.replace('1.0', '1') }));
    await refuses(delivery({ sent: '' }));
    await refuses(delivery({ headers: { 'webhook-id': `${randomUUID()}-1` } }));
    await refuses(delivery({ headers: { 'webhook-timestamp': later } }));
  });

  test('refuses a time six minutes ago or ahead, but not four', async () => {
    const minutes = (n: number) => new Date(Date.now() + n * 60_000);
    for (const n of [-6, 6]) await refuses(delivery({ at: minutes(n) }));
    for (const n of [-4, 4]) {
      const sent = delivery({ at: minutes(n) });
      await takes(sent);
      await prints(`${sent.id} Call.CallbackAfterStartCall ${callId}`);
    }
  });

  test('refuses headers that are missing or make no sense', async () => {
    const own = () => new Webhook(secrets[0]).sign(right.id, right.at, right.body);
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      for (const value of [undefined, '']) await refuses(delivery({ headers: { [name]: value } }));
    }
    for (const time of ['soon', '-1', '1e9', '²', '9'.repeat(40), `${Math.floor(Date.now() / 1000)}.0`]) {
      await refuses(delivery({ headers: { 'webhook-timestamp': time } }));
    }
    for (const signature of ['v1,', 'v1', ',', `v1,${'é'.repeat(44)}`, 'x'.repeat(4000)]) {
      await refuses(delivery({ headers: { 'webhook-signature': signature } }));
    }
    for (const wrong of [() => own().slice(3), () => own().replace('v1,', 'v2,'), () => own().slice(0, -1)]) {
      const sent = delivery();
      await refuses({ ...sent, headers: { 'webhook-signature': wrong() } });
    }
  });

  test('refuses another application', async () => {
    await refuses(delivery({ app: '1400000001' }), 403);
  });

  test('refuses methods other than POST', async () => {
    for (const method of ['GET', 'PUT']) await refuses(delivery({ method }), 405);
  });

  test('refuses a body over 1 MiB, and takes one of 1 MiB', async () => {
    await refuses(delivery({ body: 'x'.repeat(2 * mebibyte) }), 413);
    await refuses(delivery({ body: startCall(randomUUID()).padEnd(mebibyte + 100) }), 413);
    const sent = delivery();
    const missing = mebibyte - Buffer.byteLength(sent.body);
    await takes({ ...sent, body: sent.body + ' '.repeat(missing) });
    await prints(`${sent.id} Call.CallbackAfterStartCall ${callId}`);
  });

  test('goes on after a sender that breaks off, and after a signed body that is no event', async () => {
    await breakOff(receiver.port);
    await post(receiver.port, delivery({ body: 'no JSON' })).catch(() => {});
    const sent = delivery();
    await takes(sent);
    await prints(`${sent.id} Call.CallbackAfterStartCall ${callId}`);
  });

  test('does not work with an empty key', async () => {
    // PHP has no start of its own, so it refuses each delivery.
    const [outcome] = await Promise.allSettled([start(language, 'whsec_')]);
    if (outcome?.status === 'fulfilled') {
      const forged = delivery({ secret: 'whsec_' });
      const { status } = await post(outcome.value.port, forged).finally(outcome.value.stop);
      expect([language.name, status]).toEqual(['PHP', 500]);
    } else expect(String(outcome?.reason)).toMatch(/It ended with 1: .*whsec_/s);
  });
});

describe('the guide', () => {
  const fences = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(([, fence, text = '']) => ({ fence, text }));
  const blockWith = (fence: string, word: string) =>
    fences.find((one) => one.fence === fence && one.text.includes(word))?.text ?? '';

  it.each(languages.map((one) => [one.name, one] as const))(
    'shows what the receiver in %s does, letter by letter',
    (_, { file, fence }) => {
      const source = readFileSync(join(guides, 'verify', file), 'utf8');
      const region = /(?:\/\/|#) guide:begin\n+([\s\S]*?)\n+(?:\/\/|#) guide:end\n/.exec(source)?.[1];
      expect(fences.filter((one) => one.fence === fence).map(({ text }) => text)).toContain(region);
    },
  );

  it('leads to files that are there', () => {
    const links = [...guide.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links).toEqual(expect.arrayContaining(languages.map(({ file }) => `verify/${file}`)));
    for (const link of links) expect([link, existsSync(join(guides, dirname(link)))]).toEqual([link, true]);
  });

  it('has an example whose signature is right', () => {
    const value = (name: string) =>
      new RegExp(`^\\| ${name} +\\| \`([^\`]+)\` +\\|$`, 'm').exec(
        guide.replaceAll(/^\| `(webhook-\w+)`/gm, '| $1'),
      )?.[1];
    const [secret = '', id = '', time = '', body = ''] = ['secret', 'webhook-id', 'webhook-timestamp', 'body'].map(
      value,
    );
    expect(new Webhook(secret).sign(id, new Date(Number(time) * 1000), body)).toBe(value('webhook-signature'));
  });

  const vector = '17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061';

  it('checks Sign in Node', () => {
    const code = `${blockWith('js', 'function verifySign')}
      const now = String(Math.floor(Date.now() / 1000));
      const judge = (RequestTime, Sign) => verifySign(new URLSearchParams({ RequestTime, Sign }), 'xxxxyyyy');
      console.log(JSON.stringify([signOf('xxxxyyyy', '1669872112'), judge(now, signOf('xxxxyyyy', now)),
        judge(now, signOf('other', now)), judge('1669872112', '${vector}'), judge('', ''), judge(now, 'é'.repeat(64))]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect([stderr, stdout && JSON.parse(stdout)]).toEqual(['', [vector, true, false, false, false, false]]);
  });

  it('checks Sign in Python', () => {
    const code = `${blockWith('python', 'def verify_sign')}
import json
now = str(int(time.time()))
judge = lambda at, sign: verify_sign({"RequestTime": at, "Sign": sign}, "xxxxyyyy")
print(json.dumps([sign_of("xxxxyyyy", "1669872112"), judge(now, sign_of("xxxxyyyy", now)), judge(now, sign_of("other", now)),
    judge("1669872112", "${vector}"), judge("", ""), judge(now, "\\u00e9" * 64)]))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', code], { encoding: 'utf8' });
    expect([stderr, stdout && JSON.parse(stdout)]).toEqual(['', [vector, true, false, false, false, false]]);
  });
});
