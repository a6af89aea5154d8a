import { deviceId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeviceToken, PushConfig } from '../../src/ports/push.ts';
import { ok, Receiver } from '../webhooks/receiver.ts';
import { configOf, messageOf, openRoom, tokenOf } from './message.ts';

const room = openRoom('webhook');
let service: Receiver;
let config: PushConfig;

beforeAll(async () => {
  service = await Receiver.open((answer) => answer(200, ok));
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  config = configOf({ kind: 'webhook', url: service.url, secrets: [secret] });
});
afterAll(async () => {
  await room.close();
  await service.stop();
});

const idOf = async (change: Partial<DeviceToken>): Promise<string | undefined> => {
  await room.sender.send(config, tokenOf('abc', change), messageOf());
  return service.ids.at(-1);
};

it('names a push by the ring and all that its token belongs to, the same on each attempt', async () => {
  const first = await idOf({});
  expect(first).toMatch(/^push-0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31-1780000030000-ring-[0-9a-f]{32}$/);
  expect(await idOf({ token: 'another', updatedAt: 2 })).toBe(first);
  const others = [
    await idOf({ userId: userId('carol') }),
    await idOf({ provider: 'other' }),
    await idOf({ channel: 'voip' }),
    await idOf({ device: deviceId('bob-tablet') }),
    // Where two names meet.
    await idOf({ userId: userId('bo'), device: deviceId('b-bob-phone') }),
  ];
  expect(new Set([first, ...others]).size).toBe(6);
});
