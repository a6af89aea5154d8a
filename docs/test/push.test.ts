import { execFile, spawn } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestCaller } from '../../e2e/support/rest.ts';
import { builtProgram, Ringback, until } from '../../e2e/support/ringback.ts';

const run = promisify(execFile);
const guides = fileURLToPath(new URL('../guides', import.meta.url));
const guide = readFileSync(join(guides, 'push.md'), 'utf8');

/** The commands of the guide, in order. */
const commands = [...guide.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].map(([, indent = '', text = '']) =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

/** Sends a signed push in these pieces; the status of the answer, 0 where there was none. */
function pushIn(sent: {
  readonly port: number;
  readonly parts: readonly Buffer[];
  /** s. */
  readonly time: number;
  readonly secret: string;
}): Promise<number> {
  const { port, parts, time, secret } = sent;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const hmac = createHmac('sha256', key).update(`push-1.${time}.`);
  for (const part of parts) hmac.update(part);
  const headers = {
    'webhook-id': 'push-1',
    'webhook-timestamp': String(time),
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    const write = async (): Promise<void> => {
      for (const part of parts) {
        asked.write(part);
        // So that each piece is read by itself.
        await new Promise((go) => setTimeout(go, 100));
      }
      asked.end();
    };
    void write();
  });
}

let ringback: Ringback;

/** Runs a block of the guide as somebody would who has the program on the path. */
async function shell(block: string, more: Record<string, string> = {}): Promise<string> {
  const words = `ringback() { "${process.execPath}" "${builtProgram}" "$@" --app ${ringback.sdkAppId} --data "${ringback.data}"; }\nset -e\n`;
  const { stdout } = await run('bash', ['-c', `${words}${block}`], {
    cwd: ringback.data,
    env: { PATH: process.env.PATH ?? '', SERVER: ringback.http, SIGNED: signed(), ...more },
  });
  return stdout;
}

/** The query that signs a request. */
function signed(): string {
  const rest = new RestCaller(ringback);
  const [, query = ''] = rest.path('any').split('?');
  rest.close();
  return query;
}

beforeAll(async () => {
  ringback = await Ringback.start();
  const pem = (type: 'rsa' | 'ec') =>
    (type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    ).privateKey
      .export({ type: 'pkcs8', format: 'pem' })
      .toString();
  const account = {
    project_id: 'project-1',
    client_email: 'a@b.example',
    private_key: pem('rsa'),
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  writeFileSync(join(ringback.data, 'service-account.json'), JSON.stringify(account));
  writeFileSync(join(ringback.data, 'AuthKey.p8'), pem('ec'));
  // A busy machine takes its time to start a process.
}, 240_000);
afterAll(() => ringback?.dispose());

describe('the guide to pushes', { timeout: 240_000 }, () => {
  it('has commands that do what it says, with a receiver that gets the push and a token that declines', async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const port = String(20_000 + (process.pid % 20_000));
    const receiver = spawn(process.execPath, [join(guides, 'push/receiver.mjs'), port], {
      env: { ...process.env, RINGBACK_PUSH_SECRET: secret },
    });
    let got = '';
    receiver.stdout.on('data', (chunk: Buffer) => {
      got += chunk;
    });
    try {
      await until(() => (got.includes('ready') ? undefined : 'the receiver does not run'));
      const [android, register, decline, ios, registerIos, web, own, log, ...rest] = commands;
      expect(rest).toEqual([]);
      await shell(`curl -sf -X POST "$SERVER/v4/im_open_login_svc/account_import?$SIGNED" -d '{"UserID":"bob"}'`);
      expect(await shell(android ?? '')).toMatch(/android \(fcm\) is set up/);
      expect(JSON.parse(await shell(register ?? ''))).toMatchObject({ ErrorCode: 0 });
      expect(await shell(ios ?? '')).toMatch(/ios \(apns\) is set up/);
      expect(JSON.parse(await shell(registerIos ?? ''))).toMatchObject({ ErrorCode: 0 });
      expect(await shell(web ?? '')).toMatch(/public key {2}[\w-]{87}/);
      expect(await shell((own ?? '').trim())).toMatch(/secret {2}whsec_/);

      // From here on with the receiver alone, since nothing of the tests may leave this machine.
      expect(await shell('ringback push forget bob')).toBe('2 dropped.\n');
      await shell(`ringback push set own --kind webhook --url http://127.0.0.1:${port}/ --secret ${secret}`);
      const token = '{"User_Account":"bob","DeviceId":"bob-tablet","Provider":"own","Token":"abc"}';
      await shell(`curl -sf -X POST "$SERVER/v4/push_http_srv/set_device_token?$SIGNED" -d '${token}'`);
      const call =
        '{"Robot_Account":"robot","CalleeList_Account":["bob"],"Timeout":30000,"CallInfo":{"MediaType":"Audio"}}';
      await shell(`curl -sf -X POST "$SERVER/v4/call_engine_http_srv/start_call_by_robot?$SIGNED" -d '${call}'`);
      await until(() => (/^ring bob-tablet \S+ rb1\.\S+$/m.test(got) ? undefined : `the receiver got: ${got}`));
      const [, answer = ''] = /^ring bob-tablet \S+ (rb1\.\S+)$/m.exec(got) ?? [];
      expect(JSON.parse(await shell(decline ?? '', { TOKEN: answer }))).toEqual({ ok: true });
      expect(await shell(log ?? '')).toMatch(
        /no device is online[\s\S]*answered by its token: reject[\s\S]*bob-tablet/,
      );
    } finally {
      receiver.kill();
    }
  });

  it('has a receiver that takes any letters in any pieces, and nothing that is old, too long or not signed', async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const port = 20_000 + ((process.pid + 1) % 20_000);
    const receiver = spawn(process.execPath, [join(guides, 'push/receiver.mjs'), String(port)], {
      env: { ...process.env, RINGBACK_PUSH_SECRET: secret },
    });
    let got = '';
    receiver.stdout.on('data', (chunk: Buffer) => {
      got += chunk;
    });
    const bytes = Buffer.from(
      JSON.stringify({ type: 'ring', device: { deviceId: 'téléphone' }, push: { callId: 'c1' } }),
    );
    // Within the two bytes of the first é.
    const cut = bytes.indexOf(0xc3) + 1;
    const now = Math.floor(Date.now() / 1000);
    const push = (parts: readonly Buffer[], time = now, key = secret) => pushIn({ port, parts, time, secret: key });
    try {
      await until(() => (got.includes('ready') ? undefined : 'the receiver does not run'));
      expect(await push([bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(204);
      await until(() => (got.includes('ring téléphone c1') ? undefined : `the receiver got: ${got}`));
      expect(await push([bytes], now - 600)).toBe(403);
      expect(await push([bytes], now + 600)).toBe(403);
      expect(await push([bytes], now, `whsec_${randomBytes(32).toString('base64')}`)).toBe(403);
      expect(await push([Buffer.alloc(70_000, 'x')])).toBe(413);
      // Signed, but no JSON: this one gets no answer, and the next one does.
      expect(await push([Buffer.from('{')])).toBe(0);
      expect(await push([bytes])).toBe(204);
    } finally {
      receiver.kill();
    }
  });

  it('shows the service worker and the page that the browsers of the tests run', () => {
    for (const file of ['push/worker.js', 'push/page.js'])
      expect(guide.replaceAll(/^ {3}/gm, '')).toContain(readFileSync(join(guides, file), 'utf8'));
  });
});
