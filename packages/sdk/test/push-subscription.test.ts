import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Call } from '../src/index.ts';
import { FakePushManager, fakeBrowser } from './fake-browser.ts';
import { House, until } from './support.ts';

let house: House;

beforeAll(async () => {
  house = await House.open();
  await house.operate('push.set', { name: 'web', kind: 'web-push', subject: 'mailto:ops@example.com' });
});
afterEach(() => vi.unstubAllGlobals());
afterAll(() => house.close());

/** A page of a browser that keeps its subscription and its storage when a page goes. */
async function page(pushes: FakePushManager, storage: Map<string, string> | undefined, deviceId: string) {
  fakeBrowser({ pushes, storage });
  const sdk = await house.load();
  const client = sdk.createClient({
    sdkAppId: house.appId,
    server: house.url,
    media: false,
    WebSocket: WebSocket as never,
    deviceId,
  });
  await client.signIn({ userId: 'bob', userSig: house.userSig('bob') });
  return client;
}

const tokens = () => house.operate('push.tokens', { user: 'bob' });

it.each([
  ['signOut', 'the page that registered', true],
  ['unregisterPush', 'the page that registered', true],
  ['signOut', 'a page without storage', false],
] as const)('%s in %s ends the subscription of the browser', async (how, _, stored) => {
  const pushes = new FakePushManager();
  const client = await page(pushes, stored ? new Map() : undefined, 'tab-one');
  await client.registerPush();
  expect([pushes.subscription !== null, await tokens()]).toMatchObject([true, [{ device: 'tab-one' }]]);
  await client[how]();
  expect([pushes.subscription, await tokens()]).toEqual([null, []]);
  client.close();
});

it.each(['signOut', 'unregisterPush'] as const)('%s in another tab ends it as well', async (how) => {
  const [pushes, storage] = [new FakePushManager(), new Map()];
  const one = await page(pushes, storage, 'tab-one');
  await one.registerPush();
  one.close();
  const other = await page(pushes, storage, 'tab-two');
  await other[how]();
  expect(pushes.subscription).toBeNull();
  other.close();
});

it('one that the application has made for itself stays', async () => {
  const [pushes, storage] = [new FakePushManager(), new Map()];
  await pushes.subscribe({ applicationServerKey: new Uint8Array(65).fill(4) });
  const client = await page(pushes, storage, 'tab-one');
  await client.signOut();
  expect(pushes.subscription).not.toBeNull();
  client.close();
});

it.each(['fails', 'hangs'] as const)('a browser that %s at it holds nobody up', async (how) => {
  const pushes = new FakePushManager();
  const client = await page(pushes, new Map(), 'tab-one');
  await client.registerPush();
  pushes.unsubscribing = how;
  await client.unregisterPush();
  expect(await tokens()).toEqual([]);
  await client.signOut();
  expect(client.isSignedIn).toBe(false);
  client.close();
});

it.each([
  ['accept', 'it answers', true],
  ['reject', 'it declines', true],
  ['ignore', 'it is busy', true],
  ['', 'the caller gives up, as the push that says so shows', false],
] as const)('the notification of a call %s goes from the screen when %s: %s', async (how, _, goes) => {
  const pushes = new FakePushManager();
  const client = await page(pushes, new Map(), 'tab-one');
  await client.registerPush();
  const { createClient } = await house.load();
  const options = { sdkAppId: house.appId, server: house.url, media: false, WebSocket: WebSocket as never };
  const alice = createClient({ ...options, deviceId: 'alice-page' });
  await alice.signIn({ userId: 'alice', userSig: house.userSig('alice') });
  const incoming = new Promise<{ readonly call: Call }>((resolve) => client.on('incoming', resolve));
  const { call: dialled } = await alice.dial(['bob'], { mediaType: 'Audio' });
  const { call } = await incoming;
  for (const id of [call.id, 'another']) pushes.shown.add(`ringback-${id}`);
  if (how !== '') await call[how]();
  if (how === 'accept' || how === '') await dialled.hangUp();
  await until(
    'the end',
    () => call.status,
    (status) => status === 'ended',
  );
  const left = goes ? ['ringback-another'] : [`ringback-${call.id}`, 'ringback-another'];
  await until(
    'the rest',
    () => [...pushes.shown],
    (all) => String(all) === String(left),
  );
  client.close();
  alice.close();
});
