import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from './support/chat-client.ts';
import { Device } from './support/device.ts';
import { PushServices } from './support/push-services.ts';
import { Ringback, until } from './support/ringback.ts';

const engine = 'call_engine_http_srv';
const metricsToken = 'metrics-token-that-nobody-may-see';
const turnSecret = 'turn-secret-that-nobody-may-see';

let ringback: Ringback;
let chat: ChatClient;
let services: PushServices;
beforeAll(async () => {
  services = await PushServices.open();
  // Of development, the banner shows key and signature on purpose: this is about everything after it.
  ringback = await Ringback.start(
    ...['--log-level', 'debug', '--metrics-token', metricsToken],
    ...['--media-turn-secret', turnSecret, '--media-turn-urls', 'turn:turn.example.com'],
  );
  chat = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key });
});
afterAll(async () => {
  await ringback?.dispose();
  await services?.close();
});

/** What callers were shown: answers with their headers, but for those in which a secret is handed out. */
const shown: string[] = [];
/** What must be nowhere, by what it is. */
const secrets: Record<string, string> = {};

/** Of the same form, and wrong. */
const spoilt = (text: string): string => `${text.slice(0, -6)}AAAAAA`;

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

async function ask(path: string, { quiet = false, ...init }: RequestInit & { quiet?: boolean } = {}): Promise<Asked> {
  const response = await fetch(`${ringback.http}${path}`, { method: 'POST', body: '{"CallId":"x"}', ...init });
  const text = await response.text();
  // The one head that carries a secret to whom it belongs.
  const heads = [...response.headers].filter(([name]) => name !== 'set-cookie');
  shown.push(JSON.stringify(heads), ...(quiet ? [] : [text]));
  return { status: response.status, text, cookie: response.headers.get('set-cookie') ?? '' };
}

const look = (path: string, headers: Record<string, string> = {}): Promise<Asked> =>
  ask(path, { method: 'GET', body: null, headers });

const tell = (path: string, body: object, headers: Record<string, string> = {}, quiet = false): Promise<Asked> =>
  ask(path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers }, quiet });

/** Requests with signatures, right and wrong, and with the token of the metrics. */
async function requests(): Promise<void> {
  const sig = chat.userSig('administrator');
  const wrong = spoilt(sig);
  Object.assign(secrets, {
    key: ringback.key,
    signature: sig,
    'signature with another end': wrong,
    'token of the metrics': metricsToken,
    'secret of TURN': turnSecret,
  });
  const query = (usersig: string) =>
    `sdkappid=${ringback.sdkAppId}&identifier=administrator&usersig=${encodeURIComponent(usersig)}&random=1&contenttype=json`;
  await ask(`/v4/${engine}/get_call_info?${query(sig)}`);
  await ask(`/v4/${engine}/get_call_info?${query(wrong)}`);
  await ask(`/v4/${engine}/get_call_info?${query(sig.slice(0, 40))}`);
  await ask(`/v4/${engine}/nothing?${query(sig)}`);
  await ask(`/v4/${engine}/get_call_info?${query(sig)}`, { body: '{' });
  await ask(`/v4/${engine}/get_call_info?${query(sig)}&x=%zz`);
  await look(`/listen?${query(wrong)}`);
  await look(`/no/such/path?usersig=${sig}`);
  await look('/metrics', { authorization: 'Bearer wrong' });
  await look('/metrics', { authorization: `Bearer ${metricsToken}` });
}

/** Devices that sign in with a right signature, and with a wrong one. */
async function devices(): Promise<void> {
  const phone = new Device('alice');
  await phone.signIn(ringback);
  const other = new Device('bob');
  await other.signIn(ringback);
  secrets['signature of a device'] = phone.userSig;
  await phone.ask('call', { callees: ['bob'], mediaType: 'audio' }).then(
    (answer) => shown.push(JSON.stringify(answer)),
    (error) => shown.push(String(error)),
  );
  const bad = new Device('carol');
  await bad
    .signIn(ringback, { userSig: spoilt(chat.userSig('administrator')) })
    .catch((error) => shown.push(String(error)));
  for (const one of [phone, other, bad]) one.drop();
}

/** An operator: a link, a password, a session and a token of a program, each once right and once wrong. */
async function operators(): Promise<void> {
  const { link } = JSON.parse(await ringback.cli('console', 'link', 'anna', '--role', 'owner', '--json'));
  const [password, newer, wrong] = ['the-right-password', 'the-newer-password', 'a-wrong-password'];
  expect((await tell('/admin/link', { link: spoilt(link) })).status).toBe(410);
  expect((await tell('/admin/link', { link })).status).toBe(200);
  expect((await tell('/admin/link/use', { link, password: 'short' })).status).toBe(400);
  expect((await tell('/admin/link/use', { link, password }, {}, true)).status).toBe(200);
  expect((await tell('/admin/link/use', { link, password })).status).toBe(410);

  expect((await tell('/admin/session', { name: 'anna', password: wrong })).status).toBe(401);
  const entered = await tell('/admin/session', { name: 'anna', password }, {}, true);
  expect(entered.status).toBe(200);
  const cookie = entered.cookie.split(';')[0] ?? '';
  const { csrf } = JSON.parse(entered.text);
  expect((await look('/admin/apps', { cookie })).status).toBe(200);
  expect((await look('/admin/apps', { cookie: spoilt(cookie) })).status).toBe(401);
  const changes = (token: string) => ({ cookie, 'x-csrf-token': token });
  expect((await tell('/admin/password', { old: password, password: newer }, changes(spoilt(csrf)))).status).toBe(403);
  expect((await tell('/admin/password', { old: wrong, password: newer }, changes(csrf))).status).toBe(401);
  expect((await tell('/admin/password', { old: password, password: newer }, changes(csrf))).status).toBe(200);

  const { text: token } = JSON.parse(await ringback.cli('token', 'make', 'deploy', '--role', 'viewer', '--json'));
  const bearer = (one: string) => ({ authorization: `Bearer ${one}` });
  expect((await look('/admin/apps', bearer(token))).status).toBe(200);
  expect((await tell('/admin/apps', {}, bearer(token))).status).toBe(403);
  expect((await look('/admin/apps', bearer(spoilt(token)))).status).toBe(401);
  expect((await look(`/admin/apps?token=${token}`)).status).toBe(401);
  shown.push((await look('/admin/audit', bearer(token))).text, await ringback.cli('console', 'audit'));

  Object.assign(secrets, {
    'link into the console': link,
    'link with another end': spoilt(link),
    password,
    'newer password': newer,
    'wrong password': wrong,
    'secret of a session': cookie.slice(cookie.indexOf('=') + 1),
    'secret of a session with another end': spoilt(cookie).slice(cookie.indexOf('=') + 1),
    'token of a session': csrf,
    'token of a program': token,
    'token of a program with another end': spoilt(token),
  });
}

/** Pushes that fail first and are taken then, and answers with the token that is in them. */
async function pushes(): Promise<void> {
  const app = ['--app', String(ringback.sdkAppId)];
  const account = join(ringback.data, 'account.json');
  writeFileSync(account, services.account, { mode: 0o600 });
  const set = (...args: readonly string[]) => ringback.cli('push', 'set', ...args, ...app);
  const made = await set('own', '--kind', 'webhook', '--url', `${services.url}/own`);
  await set('android', '--kind', 'fcm', '--service-account', account, '--endpoint', services.url);
  await chat.accounts('account_import', { UserID: 'dora' });
  const tokens = [1, 2].map(() => randomBytes(60).toString('base64url'));
  for (const [n, Provider] of ['own', 'android'].entries()) {
    const token = { User_Account: 'dora', DeviceId: 'dora-phone', Provider, Token: tokens[n] };
    await chat.ok('push_http_srv', 'set_device_token', token);
  }
  await chat.ok(engine, 'start_call_by_robot', {
    Robot_Account: 'robot',
    CalleeList_Account: ['dora'],
    Timeout: 60_000,
    CallInfo: { MediaType: 'Audio' },
  });
  const rings = () => services.got.filter(({ type }) => type === 'ring').length;
  await until(() => (rings() > 0 && services.taken > 0 ? undefined : `${rings()} and ${services.taken} rings`), 40_000);
  const [ring] = services.got;
  const token = ring?.push.token ?? '';
  expect((await tell('/push/accept', { token: spoilt(token) })).status).toBe(401);
  expect((await ask(`/push/accept?token=${token}`)).status).toBe(400);
  expect((await tell('/push/accept', { token })).status).toBe(200);
  expect((await tell('/push/reject', {}, { authorization: `Bearer ${token}` })).status).toBeGreaterThanOrEqual(400);
  shown.push(await ringback.cli('push', 'log', ...app));

  Object.assign(secrets, {
    'secret of a push service': /whsec_[A-Za-z0-9+/=]+/.exec(made)?.[0] ?? '',
    'signature of a push': ring?.signature ?? '',
    'key of a service account': services.accountKey.split('\n')[1] ?? '',
    'access token of a service account': services.accessToken,
    'token of a device': tokens[0] ?? '',
    'token of a device with Android': tokens[1] ?? '',
    'token of a push': token,
    'token of a push with another end': spoilt(token),
  });
}

describe('what must be secret', () => {
  it('is in no log line, no metric and no answer, whether things go well or go wrong', async () => {
    const banner = ringback.output.length;
    const hook = ['orders', 'http://127.0.0.1:9/calls', '--app', String(ringback.sdkAppId)];
    const made = await ringback.cli('webhooks', 'add', ...hook);
    secrets['webhook secret'] = /whsec_[A-Za-z0-9+/=]+/.exec(made)?.[0] ?? '';
    await requests();
    await devices();
    await operators();
    await pushes();
    const metrics = await look('/metrics', { authorization: `Bearer ${metricsToken}` });
    expect(metrics.text).toContain('ringback_pushes_total');
    await ringback.stop();

    const log = ringback.output.slice(banner);
    for (const part of ['get_call_info', 'push', 'webhook']) expect(log).toContain(part);
    for (const [what, text] of Object.entries(secrets)) {
      expect(text.length, what).toBeGreaterThan(10);
      for (const [where, whole] of Object.entries({ log, shown: shown.join('\n') })) {
        expect(whole.includes(text), `${what} in ${where}`).toBe(false);
        // Nor a part of it that would be enough to guess the rest.
        const [begin, end] = text.length > 40 ? [text.slice(0, 40), text.slice(-36, -6)] : [text, text];
        expect(whole.includes(begin), `the begin of ${what} in ${where}`).toBe(false);
        expect(whole.includes(end), `the end of ${what} in ${where}`).toBe(false);
      }
    }
  }, 120_000);
});
