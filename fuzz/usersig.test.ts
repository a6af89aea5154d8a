import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pastedSig } from '../packages/server/src/admin/pasted-sig.ts';
import { decodeUserSig, makeUserSig, signedText } from '../packages/server/src/auth/usersig.ts';
import { verifyUserSig } from '../packages/server/src/auth/verify.ts';
import { packUserSig as packed } from '../packages/server/test/support/pack-usersig.ts';
import { testApp } from '../packages/server/test/support/test-app.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const now = 1_760_000_000;
const key = 'k'.repeat(64);
const app = testApp({ keys: [{ id: 'k1', secret: key, createdAt: 0 }] });
const made = (userId: string, userbuf?: Buffer) =>
  makeUserSig({ sdkAppId: 1_400_000_001, userId, key, expire: 600, now, ...(userbuf && { userbuf }) });
const good = [made('alice'), made('bob', Buffer.from([0, 1, 2, 255]))];

const inside = good.map((sig) => {
  const decoded = decodeUserSig(sig);
  if (!decoded.ok) throw new Error('A good signature was not read.');
  const { identifier, sdkAppId: id, time, expire, userbuf, sig: hmac } = decoded.fields;
  return JSON.stringify({
    'TLS.ver': '2.0',
    'TLS.identifier': identifier,
    'TLS.sdkappid': id,
    'TLS.time': time,
    'TLS.expire': expire,
    ...(userbuf === undefined ? {} : { 'TLS.userbuf': userbuf }),
    'TLS.sig': hmac,
  });
});
const meanings = good.map((sig) => {
  const decoded = decodeUserSig(sig);
  return decoded.ok ? signedText(decoded.fields) : '';
});

/** What is accepted must say what was signed, however it is written. */
function judge(text: string): void {
  for (const identifier of ['alice', 'bob', '']) {
    const verdict = verifyUserSig(app, identifier, text, now * 1000, 0);
    if (verdict.ok) {
      expect(meanings).toContain(signedText(verdict.checked.fields));
      expect(verdict.checked.fields.identifier).toBe(identifier);
    }
  }
}

describe('a UserSig', () => {
  // What refuses everything would pass what follows.
  it('that was not spoilt is accepted, however its JSON is packed', () => {
    for (const sig of [...good, ...inside.map(packed)]) {
      const accepted = ['alice', 'bob'].filter((one) => verifyUserSig(app, one, sig, now * 1000, 0).ok);
      expect(accepted).toHaveLength(1);
      judge(sig);
    }
  });

  fuzzed('that was spoilt is refused, or says what was signed', fc.oneof(spoilt(...good), noise), judge);

  fuzzed('with another JSON inside is refused, or says what was signed', spoilt(...inside), (json) =>
    judge(packed(json)),
  );

  fuzzed(
    'of any bytes is refused without a harm',
    fc.uint8Array({ maxLength: 200, size: 'max' }).map((bytes) => Buffer.from(bytes).toString('base64')),
    (text) => {
      const decoded = decodeUserSig(text.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_'));
      if (!decoded.ok) expect(decoded.detail.length).toBeLessThan(200);
    },
  );
});

const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '"', "'", '`'), maxLength: 60 });
const lead = fc.constantFrom(
  '',
  'usersig=',
  '?UserSig=',
  'https://a.example/v4/x/y?sdkappid=1&usersig=',
  'sdkappid=1&usersig=',
);

describe('a UserSig that was pasted', () => {
  fuzzed(
    'is found in what stands round it',
    fc.tuple(blanks, lead, fc.constantFrom(...good), fc.constantFrom('', '&random=1', '#a', ' &random=1'), blanks),
    ([before, name, sig, rest, after]) => {
      // Without a name, what stands behind it would be part of it.
      const text = before + name + sig + (name === '' ? '' : rest) + after;
      expect(pastedSig(text), text).toBe(sig);
    },
  );

  fuzzed('is a part of the text, without blanks at its ends', fc.oneof(spoilt(...good), noise), (text) => {
    const found = pastedSig(text);
    expect(text).toContain(found);
    expect(found).toBe(found.trim());
  });

  it('is found as fast where blanks are inside', () => {
    const time = (text: string): number => {
      const times = Array.from({ length: 5 }, () => {
        const began = performance.now();
        pastedSig(text);
        return performance.now() - began;
      });
      return Math.min(...times);
    };
    const blank = ' '.repeat(20_000);
    // Each blank was looked at from each before it: 600 ms.
    expect(time(`a${blank}a`)).toBeLessThan(60);
    expect(time(`"${blank}`)).toBeLessThan(60);
    expect(pastedSig(`"${blank}`)).toBe('');
  });
});
