import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type CDPSession, chromium, type Page, type Worker } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpush from 'web-push';
import { decryptPush, type Subscribed, subscriptionFor } from '../packages/server/test/push/web-push-service.ts';
import { chromiumArgs, wholeChromium } from './support/chromium.ts';
import { notAlone } from './support/loopback.ts';
import { PushHouse } from './support/push-house.ts';
import { until } from './support/stage.ts';

/** What the guide shows. */
const guided = (name: string): string => readFileSync(new URL(`../docs/guides/push/${name}`, import.meta.url), 'utf8');

/** What a page of the application does; the rest is the SDK's. */
const page = `<!doctype html><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
<script src="/sdk.js"></script><script>
const heard = [];
navigator.serviceWorker.addEventListener('message', ({ data }) => heard.push(data));
async function open(options) {
  const registration = await navigator.serviceWorker.register('/worker.js');
  await navigator.serviceWorker.ready;
  const client = RingbackSDK.createClient({ ...options, media: false });
  client.on('incoming', ({ call }) => { globalThis.call = call; });
  ${guided('page.js')}
  await client.signIn(options);
  globalThis.client = client;
  globalThis.registration = registration;
}
const shown = async () => (await (globalThis.registration ?? await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag, actions }) => ({ title, body, tag, actions: actions.map(({ action }) => action) }));
globalThis.loaded = true;
</script>`;

/** The service worker of the guide. */
const worker = `// How many notifications were shown, one for each push.
self.notified = 0;
const show = registration.showNotification.bind(registration);
registration.showNotification = async (...words) => { await show(...words); self.notified += 1; };
${guided('worker.js')}
// What no test can do with the mouse: notifications are outside of the page.
self.click = async (action) => {
  const [notification] = await registration.getNotifications();
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action }));
};
// Only a real click may open windows.
self.opened = [];
clients.openWindow = async (url) => { opened.push(url); };`;

const files: Readonly<Record<string, readonly [type: string, text: () => string]>> = {
  '/app': ['text/html', () => page],
  '/worker.js': ['text/javascript', () => worker],
  '/sdk.js': ['text/javascript', () => dist('ringback-sdk.umd.cjs')],
  '/ringback-push-worker.umd.cjs': ['text/javascript', () => dist('ringback-push-worker.umd.cjs')],
};
const dist = (name: string): string => readFileSync(new URL(`../packages/sdk/dist/${name}`, import.meta.url), 'utf8');

describe.skipIf(notAlone())('pushes in a browser', { timeout: 180_000 }, () => {
  let house: PushHouse;
  let context: BrowserContext;
  let bob: Page;
  let devtools: CDPSession;
  let background: Worker;
  let registrationId = '';
  let subscribed: Subscribed;
  let server: Server;
  let origin = '';
  const pushes: Buffer[] = [];
  const profile = mkdtempSync(join(tmpdir(), 'ringback-push-'));
  const vapid = webpush.generateVAPIDKeys();

  beforeAll(async () => {
    // The application's pages, and the push service that Chromium's is on the net.
    server = createServer((request, response) => {
      const { url = '/' } = request;
      const file = files[url.split('?')[0] ?? ''];
      if (file !== undefined) {
        response.writeHead(200, { 'content-type': file[0] }).end(file[1]());
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (url.startsWith('/push/')) pushes.push(Buffer.concat(chunks));
        response.writeHead(url.startsWith('/push/') ? 201 : 404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    subscribed = subscriptionFor(`${origin}/push/bob`);
    house = await PushHouse.open();
    await house.provider('web', { kind: 'web-push', subject: 'mailto:ops@example.com', ...vapid });
    context = await chromium.launchPersistentContext(profile, {
      executablePath: wholeChromium,
      headless: true,
      args: chromiumArgs(),
    });
    await context.grantPermissions(['notifications'], { origin });
    bob = context.pages()[0] ?? (await context.newPage());
    bob.setDefaultTimeout(90_000);
    devtools = await context.newCDPSession(bob);
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations.at(-1)?.registrationId ?? registrationId;
    });
    await devtools.send('ServiceWorker.enable');
    // Without the net the browser's own service refuses; everything but its answer is as it is.
    await bob.addInitScript(`PushManager.prototype.getSubscription = async () => null;
      PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
        globalThis.askedWith = btoa(String.fromCharCode(...applicationServerKey));
        return ${subscribed.json};
      };`);
    await bob.goto(`${origin}/app`);
    await bob.waitForFunction('globalThis.loaded');
    const started = context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker');
    await bob.evaluate(`open(${JSON.stringify(house.signed('bob'))})`);
    background = await started;
    await bob.evaluate('client.registerPush()');
  });
  afterAll(async () => {
    await context?.close();
    await house?.close();
    await new Promise((resolve) => server?.close(resolve));
    rmSync(profile, { recursive: true, force: true });
  });

  /** Hands the newest push to the browser, as its push service would. */
  async function deliver(count: number): Promise<Record<string, string>> {
    await until(
      async () => pushes.length,
      (n) => n >= count,
    );
    const text = decryptPush(pushes[count - 1] ?? Buffer.alloc(0), subscribed);
    await until(
      async () => registrationId,
      (id) => id !== '',
    );
    const notified = (): Promise<number> => background.evaluate('self.notified');
    const before = await notified();
    await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: text });
    await until(notified, (n) => n > before);
    // Chromium forgets a notification of which somebody asks between its writing and its showing.
    await new Promise((resolve) => setTimeout(resolve, 500));
    return JSON.parse(text);
  }

  const shown = (): Promise<readonly { title: string; body: string; actions: readonly string[] }[]> =>
    bob.evaluate('shown()');

  /** Notifications on the screen, as the worker sees them. */
  const inWorker = (): Promise<number> =>
    background.evaluate('registration.getNotifications().then((all) => all.length)');

  it('ring while the page is closed, and a click on the button declines without it', async () => {
    expect(await bob.evaluate('askedWith')).toBe(Buffer.from(vapid.publicKey, 'base64url').toString('base64'));
    // The socket is gone as it is when the page is: nobody else answers.
    await bob.evaluate('client.close()');
    await house.gone('bob');
    const alice = await house.caller('alice');
    const { callId } = await alice.call('bob', { title: 'Alice', description: 'is calling you' });
    expect(await deliver(1)).toMatchObject({ ringback: 'ring', callId, caller: 'alice' });
    const [notification] = await until(shown, (all) => all.length === 1);
    expect(notification).toMatchObject({ title: 'Alice', body: 'is calling you', actions: ['accept', 'reject'] });
    await background.evaluate(`self.click('reject')`);
    expect(await alice.ended(callId)).toBe('Reject');
    await until(shown, (all) => all.length === 0);
  });

  it('are taken back: the notification says what became of the call', async () => {
    const alice = await house.caller('alice');
    const seen = pushes.length;
    const { callId } = await alice.call('bob', {});
    await deliver(seen + 1);
    expect((await until(shown, (all) => all.length === 1))[0]).toMatchObject({ title: 'alice', body: 'Incoming call' });
    await alice.hangUp(callId);
    expect(await deliver(seen + 2)).toMatchObject({ ringback: 'cancel', reason: 'cancelled' });
    const [missed] = await until(shown, ([one]) => one?.body === 'Missed call');
    expect(missed?.actions).toEqual([]);
    await background.evaluate(`registration.getNotifications().then((all) => all.forEach((one) => one.close()))`);
  });

  it('open the page when they are accepted, and it rings there', async () => {
    const alice = await house.caller('alice');
    const seen = pushes.length;
    const { callId } = await alice.call('bob', {});
    await deliver(seen + 1);
    await until(shown, (all) => all.length === 1);
    await background.evaluate(`self.click('accept')`);
    await until(
      () => bob.evaluate('heard.at(-1)') as Promise<{ callId?: string } | undefined>,
      (message) => message?.callId === callId,
    );
    await bob.evaluate(`open(${JSON.stringify(house.signed('bob'))})`);
    await bob.waitForFunction('globalThis.call');
    await bob.evaluate('call.accept()');
    await alice.talks(callId);
    await alice.hangUp(callId);
  });

  it('open a page when none is there, which learns which call to answer', async () => {
    await bob.evaluate('client.close()');
    await house.gone('bob');
    await bob.goto('about:blank');
    const alice = await house.caller('alice');
    const seen = pushes.length;
    const { callId } = await alice.call('bob', {});
    await deliver(seen + 1);
    await until(inWorker, (n) => n === 1);
    await background.evaluate(`self.click('accept')`);
    const opened = await until(
      () => background.evaluate('self.opened.at(-1)') as Promise<string | undefined>,
      (url) => url !== undefined,
    );
    await bob.goto(new URL(opened ?? '', origin).href);
    await bob.waitForFunction('globalThis.loaded');
    await bob.evaluate(`open(${JSON.stringify(house.signed('bob'))})`);
    await alice.talks(callId);
    await alice.hangUp(callId);
  });

  it('are taken away when the page answers by itself', async () => {
    await bob.evaluate('client.close(); delete globalThis.call');
    await house.gone('bob');
    const alice = await house.caller('alice');
    const seen = pushes.length;
    const { callId } = await alice.call('bob', {});
    await deliver(seen + 1);
    await until(inWorker, (n) => n === 1);
    await bob.evaluate(`open(${JSON.stringify(house.signed('bob'))})`);
    await bob.waitForFunction('globalThis.call');
    await bob.evaluate('call.accept()');
    await alice.talks(callId);
    await until(inWorker, (n) => n === 0);
    await alice.hangUp(callId);
  });

  it('need not go out where the page is open: it says that it rings', async () => {
    const alice = await house.caller('alice');
    const seen = pushes.length;
    const { callId } = await alice.call('bob', {});
    await house.noted(callId, 'rings');
    await alice.hangUp(callId);
    // Longer than a device has to say so.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(pushes.length).toBe(seen);
  });
});
