/** `npm run images`: pictures of every page of the console, light and dark, into docs/images; `npm run build` comes first. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { controlClient } from '../packages/server/dist/admin/control-client.js';
import { openConsoleServer } from './lib/console-server.mjs';
import { people } from './lib/made-up-calls.mjs';
import { root } from './lib/setup.mjs';

const out = process.argv[2] ?? join(root, 'docs/images');
mkdirSync(out, { recursive: true });
const server = await openConsoleServer({ calls: 900 });
const { app, url } = server;
const ask = controlClient(server.data);

const receiver = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json').end('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}');
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
await ask('endpoints.add', { app, id: 'orders', url: `http://127.0.0.1:${receiver.address().port}/ringback` });
await ask('endpoints.add', { app, id: 'archive', url: 'http://127.0.0.1:9/calls', events: ['end-call'] });
await ask('app.create', { id: 1_400_000_002, name: 'Staging' });
for (const [name, role] of [
  ['mina', 'operator'],
  ['li.wei', 'viewer'],
])
  await ask('operators.link', { name, role });

// In letters that the fonts of any machine have.
const words = {
  alice: 'Alice',
  minji: 'Kim Min-ji',
  wei: 'Wáng Wěi',
  'li.na': 'Lǐ Nà',
  jiho: 'Park Ji-ho',
  'front-desk': 'Front desk',
  'dr.park': 'Dr. Park',
};
await ask('users.import', { app, users: people.map((userId) => ({ userId, nick: words[userId] ?? '' })) });

/** Asks the REST API; refusals are wanted, too, so that the codes have something to show. */
async function rest(command, body) {
  const { userSig } = await ask('usersig.make', { app, user: 'administrator', expire: 600 });
  const query = `sdkappid=${app}&identifier=administrator&usersig=${userSig}&random=1&contenttype=json`;
  const response = await fetch(`${url}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}
for (const [GroupId, Name, size] of [
  ['reception', 'Reception', 6],
  ['ward-3', 'Ward 3', 9],
  ['design', 'Design', 5],
  ['on-call', 'On call', 12],
]) {
  await rest('group_open_http_svc/create_group', {
    Owner_Account: people[size],
    Type: 'Public',
    Name,
    GroupId,
    MemberList: people.slice(0, size).map((Member_Account) => ({ Member_Account })),
  });
}
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
for (const provider of [
  { name: 'web', kind: 'web-push', subject: 'mailto:ops@example.com' },
  { name: 'ios', kind: 'apns', team: 'TEAM123456', keyId: 'KEY1234567', key, topic: 'com.example.app' },
  { name: 'own', kind: 'webhook', url: `http://127.0.0.1:${receiver.address().port}/push` },
])
  await ask('push.set', { app, ...provider });
for (const [DeviceId, Provider, Platform] of [
  ['phone', 'ios', 'iOS'],
  ['tablet', 'own', 'Android'],
])
  await rest('push_http_srv/set_device_token', {
    User_Account: 'minji',
    DeviceId,
    Provider,
    Platform,
    Token: createHash('sha256').update(DeviceId).digest('hex'),
  });
for (let n = 0; n < 40; n += 1)
  await rest('im_open_login_svc/account_check', { CheckItem: [{ UserID: people[n % 20] }] });
for (let n = 0; n < 5; n += 1) await rest('call_engine_http_srv/end_call', { CallId: 'none' });
await rest('im_open_login_svc/account_check', {});

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection'],
});

let cookies;

/** A browser in which the owner has signed in. */
async function visit(colorScheme, width = 1280, height = 820) {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    viewport: { width, height },
    permissions: ['camera', 'microphone'],
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  if (cookies === undefined) {
    const { link } = await ask('operators.link', { name: 'anna', role: 'owner' });
    await page.request.post('/admin/link/use', { data: { link, password: 'correct horse' } });
    cookies = await context.cookies();
  } else await context.addCookies(cookies);
  return page;
}

/** Two users who talk, or of whom one only rings. */
async function talk(users, answer = true) {
  const page = await visit('light');
  await page.goto('/console/try');
  const phones = page.locator('.columns > .card');
  for (const [place, user] of users.entries()) {
    const phone = phones.nth(place);
    await phone.getByLabel('User ID').fill(user);
    await phone.getByRole('button', { name: 'Sign in' }).click();
    await phone.getByLabel('Whom to call').waitFor();
  }
  await phones.first().getByLabel('Whom to call').fill(users[1]);
  await phones.first().getByRole('button', { name: 'Video call' }).click();
  const accept = phones.nth(1).getByRole('button', { name: 'Accept' });
  await accept.waitFor();
  if (answer) {
    await accept.click();
    for (const place of [0, 1]) await phones.nth(place).getByRole('button', { name: 'Camera on' }).click();
  }
  return page;
}

const over = await talk(['carol', 'dave']);
const [{ callId: ended }] = (await ask('calls.list', { app })).calls;
await over.waitForTimeout(4000);
await over.getByRole('button', { name: 'Hang up' }).first().click();
await over.getByText('The call is over.').first().waitFor();
await over.context().close();
const stage = await talk(['alice', 'bob']);
const second = await talk(['minji', 'wei'], false);
const [{ callId }] = (await ask('calls.list', { app })).calls;
await stage.waitForTimeout(7000);

const pages = {
  overview: '',
  calls: 'calls',
  call: `call?id=${callId}`,
  timeline: `call?id=${ended}`,
  requests: 'requests',
  applications: 'apps',
  application: `app?id=${app}`,
  webhooks: 'webhooks',
  endpoint: 'endpoint?id=orders',
  attempts: 'webhooks?tab=attempts',
  push: 'push?user=minji',
  users: 'users',
  user: 'user?id=alice',
  groups: 'groups',
  group: 'group?id=ward-3',
  usersig: 'usersig',
  explorer: 'explorer',
  errors: 'errors',
  operators: 'operators',
  tokens: 'tokens',
  audit: 'audit',
};
/** Waits until the page has all that it shows: what was read, and the plots drawn of it. */
async function settle(page) {
  await page.locator('h1').waitFor();
  await page.locator('main .bone').first().waitFor({ state: 'detached' });
  await page.waitForTimeout(300);
}
for (const scheme of ['light', 'dark']) {
  const page = await visit(scheme);
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(`/console/${path}`);
    await settle(page);
    await page.screenshot({ path: join(out, `console-${name}-${scheme}.png`) });
  }
  for (const [name, path, button] of [
    ['settings', `app?id=${app}`, 'Edit How calls behave'],
    ['export', 'calls', 'Export'],
    ['import', 'users', 'Import users'],
  ]) {
    await page.goto(`/console/${path}`);
    await settle(page);
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('dialog').waitFor();
    await settle(page);
    await page.screenshot({ path: join(out, `console-${name}-${scheme}.png`) });
  }
  const phone = await visit(scheme, 390, 780);
  await phone.goto('/console/calls');
  await settle(phone);
  await phone.screenshot({ path: join(out, `console-phone-${scheme}.png`) });
  await stage.emulateMedia({ colorScheme: scheme });
  await stage.screenshot({ path: join(out, `console-try-${scheme}.png`) });
  const gate = await (await browser.newContext({ baseURL: url, colorScheme: scheme, locale: 'en-GB' })).newPage();
  await gate.goto('/console/');
  await gate.getByRole('heading', { name: 'Sign in' }).waitFor();
  await gate.screenshot({ path: join(out, `console-sign-in-${scheme}.png`) });
  const { link } = await ask('operators.link', { name: `new.${scheme}`, role: 'viewer' });
  await gate.goto(`/console/#link=${link}`);
  await gate.reload();
  await gate.getByRole('heading', { name: 'Welcome' }).waitFor();
  await gate.screenshot({ path: join(out, `console-password-${scheme}.png`) });
}
await second.context().close();
await browser.close();
await server.close();
receiver.close();
