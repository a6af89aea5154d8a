import fc from 'fast-check';
import { callId, deviceId, isCallId, isUserId, sdkAppId, userId } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { isSignedBy, makeAnswerToken, readAnswerToken } from '../packages/server/src/push/answer-token.ts';
import type { PushHttp } from '../packages/server/src/push/http.ts';
import { WebPush } from '../packages/server/src/push/web-push.ts';
import { AddressGuard } from '../packages/server/src/webhooks/guard.ts';
import { ManualClock } from '../packages/server/test/support/manual-clock.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const key = { id: 'k1', secret: 'a key of the application', createdAt: 0 } as never;
const right = {
  app: sdkAppId(1_400_000_001),
  callId: callId('6a4f8a5c-0000-4000-8000-000000000000'),
  userId: userId('jim'),
  device: deviceId('phone'),
  deadline: 1_800_000_030_000,
};
const token = makeAnswerToken(right, key);
const [version, , signature] = token.split('.');
const signed = (fields: unknown): string =>
  `${version}.${Buffer.from(JSON.stringify(fields) ?? '').toString('base64url')}.${signature}`;
const fields = fc.array(
  fc.oneof(fc.constantFrom<unknown>(...Object.values(right), null, -1, 1.5, '', '__proto__', {}), fc.jsonValue()),
  { minLength: 4, maxLength: 6 },
);

describe('the right to answer a push', () => {
  fuzzed(
    'is read into its parts, or is none; whoever changes it has not signed it',
    fc.oneof(spoilt(token), fields.map(signed), noise),
    (text) => {
      const read = readAnswerToken(text);
      if (read !== undefined) {
        expect(isCallId(read.callId) && isUserId(read.userId)).toBe(true);
        expect(Number.isSafeInteger(read.app) && Number.isSafeInteger(read.deadline)).toBe(true);
        expect(read.device).toMatch(/^[\w.:~+=@-]{1,64}$/);
      }
      // Text of base64 may be written in several ways, so what counts is that nothing else is said.
      if (isSignedBy(text, [key])) expect(read).toEqual(right);
    },
  );
});

const guard = new AddressGuard([]);
const web = new WebPush({ http: {} as PushHttp, guard, clock: new ManualClock() });
const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') };
const subscriptions = [
  'https://push.example.com/s/1',
  'http://push.example.com/',
  'https://127.0.0.1/',
  'file:///x',
].map((endpoint) => JSON.stringify({ endpoint, keys, expirationTime: null }));

describe('the push subscription of a browser', () => {
  fuzzed(
    'leads to a push service over HTTPS, or is refused in a sentence',
    fc.oneof(spoilt(...subscriptions), noise),
    (text) => {
      const problem = web.problem(text);
      const place = web.placeOf(text);
      if (problem !== undefined) {
        expect(problem).toMatch(/^(must|has) /);
        expect(problem.length).toBeLessThan(400);
        return;
      }
      const { endpoint } = JSON.parse(text) as { readonly endpoint: string };
      const url = new URL(endpoint);
      expect(url.protocol).toBe('https:');
      expect(guard.refusal(url.hostname)).toBeUndefined();
      expect(place).toBe(url.origin);
    },
  );
});
