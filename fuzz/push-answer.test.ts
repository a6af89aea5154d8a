import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { apnsSaidOf } from '../packages/server/src/push/apns.ts';
import { accessTokenOf, fcmErrorOf, oauthErrorOf } from '../packages/server/src/push/fcm.ts';
import { said } from '../packages/server/src/push/said.ts';
import { outcomeOf } from '../packages/server/src/push/webhook.ts';
import { fcmError } from '../packages/server/test/push/fcm-service.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

/** What stands at a place of a JSON text, one member after the other; undefined where there is nothing. */
function at(text: string, ...names: readonly string[]): unknown {
  try {
    return names.reduce<unknown>((value, name) => Object(value)[name], JSON.parse(text));
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, '', 'UNREGISTERED', 404, 1e300, [], {}, [null], true),
  fc.jsonValue(),
);

/** Objects that have some of these members, and as they should be sometimes. */
const objects = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> =>
  fc.oneof(
    anything,
    fc.record(Object.fromEntries(Object.entries(members).map(([name, values]) => [name, fc.oneof(values, anything)])), {
      requiredKeys: [],
    }),
  );
const texts = (values: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  values.map((value) => JSON.stringify(value) ?? '');

const word = fc.constantFrom('UNREGISTERED', 'QUOTA_EXCEEDED', 'UNAVAILABLE', '');
const errors = fc.oneof(
  texts(
    objects({ error: objects({ status: word, details: fc.array(objects({ errorCode: word }), { maxLength: 4 }) }) }),
  ),
  spoilt(
    ...[fcmError(404, 'NOT_FOUND', 'UNREGISTERED'), fcmError(503, 'UNAVAILABLE')].map(({ body }) =>
      JSON.stringify(body),
    ),
    '{"error":{"details":[null,{"@type":"x"},{"errorCode":"QUOTA_EXCEEDED"}]}}',
  ),
  noise,
);
const tokens = fc.oneof(
  texts(objects({ access_token: fc.constantFrom('ya29.a', ''), expires_in: fc.nat(3600), error: word })),
  spoilt('{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}', '{"error":"invalid_grant"}'),
  noise,
);

describe('what FCM answers', () => {
  fuzzed('has the word that it says what is wrong with, or none', errors, (text) => {
    const details = at(text, 'error', 'details');
    const codes = Array.isArray(details) ? details.map((one) => Object(one).errorCode).filter(isText) : [];
    const status = at(text, 'error', 'status');
    expect(fcmErrorOf(text), text).toBe(codes[0] ?? (isText(status) ? status : ''));
  });

  fuzzed('has an access token with its time, or the word of OAuth for what is wrong, or nothing', tokens, (text) => {
    const [token, seconds, error] = [at(text, 'access_token'), at(text, 'expires_in'), at(text, 'error')];
    const isWhole = isText(token) && typeof seconds === 'number';
    expect(accessTokenOf(text), text).toEqual(isWhole ? [token, seconds] : ['', 0]);
    expect(oauthErrorOf(text), text).toBe(isText(error) ? error : '');
  });
});

const reasons = fc.oneof(
  texts(objects({ reason: fc.constantFrom('Unregistered', 'ExpiredToken', ''), timestamp: fc.nat(2 ** 41) })),
  spoilt('{"reason":"Unregistered","timestamp":1760000000000}', '{"reason":"BadDeviceToken"}'),
  noise,
);

describe('what APNs answers', () => {
  fuzzed('has its reason, and since when a token is void, or for good', reasons, (text) => {
    const [reason, timestamp] = [at(text, 'reason'), at(text, 'timestamp')];
    expect(apnsSaidOf(text), text).toEqual({
      reason: isText(reason) ? reason : '',
      timestamp: typeof timestamp === 'number' ? timestamp : Number.POSITIVE_INFINITY,
    });
  });
});

/** Words about as long as those that are blotted out. */
const words = fc
  .array(fc.integer({ min: 37, max: 43 }), { maxLength: 6 })
  .map((all) => all.map((n) => 'a'.repeat(n)).join(' '));

describe('what any push service answers', () => {
  fuzzed(
    'is an outcome by its status, and a short line without tokens',
    fc.tuple(
      fc.oneof(fc.constantFrom(0, 200, 299, 300, 404, 408, 410, 429, 500), fc.nat(999)),
      fc.oneof(
        errors,
        tokens,
        reasons,
        words,
        fc.string({ unit: fc.constantFrom(...'aZ9_.:/+=- é\n'), maxLength: 300, size: 'max' }),
      ),
      fc.constantFrom<readonly number[]>([410], [404, 410]),
    ),
    ([status, text, gone]) => {
      const { outcome, text: line } = outcomeOf({ status, text, after: undefined }, gone);
      const isSent = status >= 200 && status < 300;
      const isBusy = [0, 408, 429].includes(status) || status >= 500;
      expect(outcome).toBe(isSent ? 'sent' : gone.includes(status) ? 'gone' : isBusy ? 'retry' : 'failed');
      expect(line).toBe(isSent ? '' : said(text));
      expect(said(text)).toMatch(/^[ -~…]{0,200}$/);
      expect(said(text)).not.toMatch(/[A-Za-z0-9_.:/+=-]{40}/);
      // Words that are neither long nor strange are there.
      const [first = ''] = text.trim().split(/[^!-~]+/);
      if (first.length < 40) expect(said(text).startsWith(first)).toBe(true);
    },
  );
});
