import { callId, deviceId, sdkAppId, userId } from 'ringback-protocol';
import type { DeviceToken, PushConfig, PushMessage, PushSetup } from '../../src/ports/push.ts';
import { openSenders } from '../../src/push/senders.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { ManualClock } from '../support/manual-clock.ts';

const app = sdkAppId(1_400_000_001);

/** What sends pushes, by a clock that the test moves, to services on loopback. */
export function openRoom(kind: PushSetup['kind'], allowed: readonly string[] = ['127.0.0.0/8'], timeout = 5000) {
  const clock = new ManualClock(1_780_000_000_000);
  const { senders, close } = openSenders({ guard: new AddressGuard(allowed), clock, timeout });
  const sender = senders.find((one) => one.kind === kind);
  if (sender === undefined) throw new Error(`nothing sends ${kind}`);
  return { clock, sender, close };
}

export const configOf = (setup: PushSetup): PushConfig => ({ app, name: 'own', setup });

export const tokenOf = (token: string, change: Partial<DeviceToken> = {}): DeviceToken => ({
  app,
  userId: userId('bob'),
  device: deviceId('bob-phone'),
  provider: 'own',
  channel: 'alert',
  token,
  platform: 'Unknown',
  updatedAt: 1,
  ...change,
});

/** A push for a ring that has 30 s left at the beginning of the clock. */
export const messageOf = (change: Partial<PushMessage> = {}): PushMessage => ({
  kind: 'ring',
  ring: {
    app,
    callId: callId('0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31'),
    startedAt: 1_780_000_000_000,
    userId: userId('bob'),
    deadline: 1_780_000_030_000,
  },
  caller: userId('alice'),
  callerName: 'Alice',
  callerAvatar: '',
  mediaType: 'Video',
  callType: 'SingleCall',
  chatGroupId: '',
  info: { title: 'Alice', text: 'is calling', data: '{"a":1}' },
  answerToken: 'rb1.x.y',
  answerUrl: 'https://calls.example.com',
  reason: '',
  ...change,
});
