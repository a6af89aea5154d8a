import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlClient } from '../../server/src/admin/control-client.ts';
import type { Emulator } from '../../server/src/emulator/emulator.ts';
import { spellPush } from '../../server/src/emulator/push-inbox.ts';
import { longSig } from '../../server/src/emulator/rest.ts';
import { VirtualDevice } from '../../server/src/emulator/virtual-device.ts';
import { ok, Receiver } from '../../server/test/webhooks/receiver.ts';
import { withEmulator } from './support.ts';

let service: Receiver;

beforeAll(async () => {
  service = await Receiver.open();
});
beforeEach(() => {
  service.got.length = 0;
});
afterAll(() => service.stop());

/** A phone of bob's that pushes can ring; it does not run. */
async function phone(emulator: Emulator): Promise<void> {
  const { sdkAppId, rest, url } = emulator;
  await controlClient(emulator.data)('push.set', { app: sdkAppId, name: 'own', kind: 'webhook', url: service.url });
  const { device } = await VirtualDevice.signIn(
    {
      url: `${url.replace('http', 'ws')}/signalling`,
      sdkAppId,
      userId: 'bob',
      deviceId: 'real-phone',
      platform: 'Android',
      userSig: longSig(rest, 'bob'),
    },
    { notice: () => {}, closed: () => {} },
  );
  await device.ask('registerPush', { provider: 'own', token: 'token-of-bob' });
  device.cut();
  await emulator.time.advance(60_000);
}

const told = (): readonly unknown[] => service.got.map(({ body }) => (body as { readonly type: string }).type);
const call = { name: 'call', options: { to: ['bob'] } } as const;

describe('pushes in the emulator', () => {
  it('have been answered when a move of the clock is over, however slow their service is', async () => {
    service.reply = (answer) => setTimeout(() => answer(200, ok), 150);
    await withEmulator('users: { alice: , bob: { signedIn: false } }', async (emulator) => {
      await phone(emulator);
      await emulator.act('alice', call);
      expect([told(), emulator.underWay.pushesTried]).toEqual([['ring'], 1]);
      await emulator.time.advance(30_000);
      expect([told(), emulator.underWay.pushesTried]).toEqual([['ring', 'cancel'], 2]);
    });
  });

  it('that are tried again wait for the clock, and a step goes to the next try', async () => {
    service.reply = (answer) => answer(service.got.length === 1 ? 503 : 200, ok);
    await withEmulator('users: { alice: , bob: { signedIn: false } }', async (emulator) => {
      await phone(emulator);
      await emulator.act('alice', call);
      // What sleeps is not under way, and not waited for in real time.
      expect([told(), emulator.underWay.pushes]).toEqual([['ring'], 0]);
      const moved = await emulator.time.step(29_000);
      expect([told(), moved > 0, moved < 20_000]).toEqual([['ring', 'ring'], true, true]);
    });
  });

  it('are taken by the built-in service only when the server has signed them', async () => {
    await withEmulator('users: { alice: , bob: { signedIn: false, push: true } }', async (emulator) => {
      await emulator.act('alice', call);
      const providers = await controlClient(emulator.data)('push.list', { app: emulator.sdkAppId });
      const [{ name, setup }] = providers as unknown as [{ name: string; setup: { url: string } }];
      const body = JSON.stringify({ type: 'ring', device: { userId: 'bob', token: 'bob/phone' }, push: {} });
      expect((await fetch(setup.url, { method: 'POST', body })).status).toBe(400);
      expect([name, emulator.inbox.pushes.map(spellPush)]).toEqual(['emulator', ['ring bob phone']]);
    });
  });

  it('do not go out for a user whose app says that it rings', async () => {
    service.reply = (answer) => answer(200, ok);
    await withEmulator('users: { alice: , bob: }', async (emulator) => {
      await phone(emulator);
      await emulator.act('alice', call);
      await emulator.time.advance(30_000);
      expect([told(), (await emulator.records()).map(({ result }) => result)]).toEqual([[], ['NotAnswer']]);
      await emulator.act('bob', { name: 'loseConnection', options: {} });
      await emulator.act('alice', call);
      await emulator.time.advance(30_000);
      expect(told()).toEqual(['ring', 'cancel']);
    });
  });
});
