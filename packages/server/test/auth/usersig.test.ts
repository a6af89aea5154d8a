import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { sdkAppId } from 'ringback-protocol';
import tlsSig from 'tls-sig-api-v2';
import { describe, expect, it } from 'vitest';
import { Failures } from '../../src/auth/failures.ts';
import { makeRoomPrivilege } from '../../src/auth/private-map-key.ts';
import { SigCache } from '../../src/auth/sig-cache.ts';
import { decodeUserSig, makeUserSig, signatureOf, type UserSigFields } from '../../src/auth/usersig.ts';
import { verifyUserSig } from '../../src/auth/verify.ts';
import { packUserSig as encode } from '../support/pack-usersig.ts';
import { testApp } from '../support/test-app.ts';
import { type Vector, vectors } from './vectors.ts';

const appOf = (vector: Vector, ...secrets: string[]) =>
  testApp({
    sdkAppId: sdkAppId(vector.sdkAppId),
    keys: [...secrets, vector.key].map((secret, index) => ({ id: `k${index + 1}`, secret, createdAt: 0 })),
  });

const v1 = vectors[0] as Vector;
const during = (v1.time + 10) * 1000;

describe.each(vectors)('the vector $name', (vector) => {
  const userbuf = vector.userbuf === undefined ? undefined : Buffer.from(vector.userbuf, 'hex');

  it('is read, and is right under its key', () => {
    const decoded = decodeUserSig(vector.userSig);
    expect(decoded).toMatchObject({
      ok: true,
      fields: {
        identifier: vector.userId,
        sdkAppId: vector.sdkAppId,
        time: vector.time,
        expire: vector.expire,
        sig: vector.sig,
      },
    });
    expect(verifyUserSig(appOf(vector), vector.userId, vector.userSig, vector.time * 1000, 0).ok).toBe(true);
  });

  it('is what we make from the same inputs', () => {
    const { sdkAppId: app, userId, key, expire, time: now } = vector;
    const made = decodeUserSig(makeUserSig({ sdkAppId: app, userId, key, expire, now, ...(userbuf && { userbuf }) }));
    expect(made).toEqual(decodeUserSig(vector.userSig));
  });

  it('has the userbuf that we would write', () => {
    if (vector.room === undefined) return expect(userbuf).toBeUndefined();
    const made = makeRoomPrivilege({
      userId: vector.userId,
      sdkAppId: vector.sdkAppId,
      room: vector.room,
      expiresAt: vector.time + vector.expire,
      privileges: vector.privileges ?? 0,
    });
    expect(made.toString('hex')).toBe(vector.userbuf);
  });
});

describe('a signature', () => {
  const fields: Omit<UserSigFields, 'sig'> = {
    identifier: v1.userId,
    sdkAppId: v1.sdkAppId,
    time: v1.time,
    expire: v1.expire,
  };
  const sig = signatureOf(fields, v1.key).toString('base64');
  const check = (text: string) => verifyUserSig(appOf(v1), v1.userId, text, during, 0);

  it.each<[string, string]>([
    [
      'Go: not compressed, with a line end',
      encode(
        `{"TLS.ver":"2.0","TLS.identifier":"${v1.userId}","TLS.sdkappid":${v1.sdkAppId},"TLS.expire":${v1.expire},"TLS.time":${v1.time},"TLS.sig":"${sig}"}\n`,
        0,
      ),
    ],
    [
      'PHP: slashes escaped',
      encode(
        JSON.stringify({
          'TLS.ver': '2.0',
          'TLS.identifier': v1.userId,
          'TLS.sdkappid': v1.sdkAppId,
          'TLS.expire': v1.expire,
          'TLS.time': v1.time,
          'TLS.sig': sig,
        }).replaceAll('/', '\\/'),
      ),
    ],
    [
      'Java: any order',
      encode(
        JSON.stringify({
          'TLS.sig': sig,
          'TLS.expire': v1.expire,
          'TLS.identifier': v1.userId,
          'TLS.time': v1.time,
          'TLS.ver': '2.0',
          'TLS.sdkappid': v1.sdkAppId,
        }),
      ),
    ],
    [
      'C++: fastest level',
      encode(
        JSON.stringify({
          'TLS.ver': '2.0',
          'TLS.sdkappid': v1.sdkAppId,
          'TLS.identifier': v1.userId,
          'TLS.time': v1.time,
          'TLS.expire': v1.expire,
          'TLS.sig': sig,
        }),
        1,
      ),
    ],
    [
      'Python: blanks between',
      encode(
        `{"TLS.ver": "2.0", "TLS.identifier": "${v1.userId}", "TLS.sdkappid": ${v1.sdkAppId}, "TLS.expire": ${v1.expire}, "TLS.time": ${v1.time}, "TLS.sig": "${sig}"}`,
      ),
    ],
    [
      'numbers written as text',
      encode(
        `{"TLS.ver":"2.0","TLS.identifier":"${v1.userId}","TLS.sdkappid":"${v1.sdkAppId}","TLS.expire":"${v1.expire}","TLS.time":"${v1.time}","TLS.sig":"${sig}"}`,
      ),
    ],
  ])('in the form of %s is accepted', (_, text) => {
    expect(check(text).ok).toBe(true);
  });

  it('with the best compression is accepted', () => {
    const json = JSON.stringify({
      'TLS.ver': '2.0',
      'TLS.identifier': v1.userId,
      'TLS.sdkappid': v1.sdkAppId,
      'TLS.expire': v1.expire,
      'TLS.time': v1.time,
      'TLS.sig': sig,
    });
    expect(check(encode(json, 9)).ok).toBe(true);
  });

  it('whose zero members were left out is read as zero', () => {
    const zero = { ...fields, time: v1.time, expire: 0 };
    const text = encode(
      JSON.stringify({
        'TLS.ver': '2.0',
        'TLS.identifier': v1.userId,
        'TLS.sdkappid': v1.sdkAppId,
        'TLS.time': v1.time,
        'TLS.sig': signatureOf(zero, v1.key).toString('base64'),
      }),
    );
    expect(verifyUserSig(appOf(v1), v1.userId, text, v1.time * 1000, 0).ok).toBe(true);
    expect(check(text)).toMatchObject({ ok: false, reason: 'usersig_expired' });
  });

  it('by the published package is accepted for every kind of name', () => {
    for (const userId of ['a', 'user_1-a', '~'.repeat(32), 'with blank', '!*()']) {
      const text = new tlsSig.Api(v1.sdkAppId, v1.key).genUserSig(userId, 600);
      expect(verifyUserSig(appOf(v1), userId, text, Date.now(), 0)).toMatchObject({ ok: true });
    }
  });

  it('under a second key is accepted while both are valid, and not once its key is gone', () => {
    expect(verifyUserSig(appOf(v1, 'another'), v1.userId, v1.userSig, during, 0)).toMatchObject({
      checked: { keyId: 'k2' },
    });
    const without = testApp({ sdkAppId: sdkAppId(v1.sdkAppId), keys: [{ id: 'k1', secret: 'another', createdAt: 0 }] });
    expect(verifyUserSig(without, v1.userId, v1.userSig, during, 0)).toMatchObject({ reason: 'usersig_mismatch' });
  });

  it('is valid up to and including its last second', () => {
    const at = (seconds: number) => verifyUserSig(appOf(v1), v1.userId, v1.userSig, seconds * 1000, 0);
    expect(at(1735776000).ok).toBe(true);
    expect(at(1735776001)).toMatchObject({ reason: 'usersig_expired' });
  });

  it('from the future is accepted: clocks differ', () => {
    expect(verifyUserSig(appOf(v1), v1.userId, v1.userSig, (v1.time - 3600) * 1000, 0).ok).toBe(true);
  });

  it('made before a kick, or in its second, is void; a later one is not', () => {
    const kicked = (at: number) => verifyUserSig(appOf(v1), v1.userId, v1.userSig, during, at);
    expect(kicked(v1.time)).toMatchObject({ reason: 'usersig_revoked' });
    expect(kicked(v1.time - 1).ok).toBe(true);
  });

  it.each([
    ['of another identifier', 'identifier_mismatch', appOf(v1), 'admin', v1.userSig],
    [
      'of another application',
      'sdkappid_mismatch',
      { ...appOf(v1), sdkAppId: sdkAppId(1400000001) },
      v1.userId,
      v1.userSig,
    ],
    [
      'of another identifier and application: the identifier is named',
      'identifier_mismatch',
      { ...appOf(v1), sdkAppId: sdkAppId(7) },
      'x',
      v1.userSig,
    ],
    ['cut by ten characters', 'usersig_illegal', appOf(v1), v1.userId, v1.userSig.slice(0, -10)],
    ['in the standard alphabet', 'usersig_illegal', appOf(v1), v1.userId, v1.userSig.replaceAll('*', '+')],
    ['that is no base64', 'usersig_illegal', appOf(v1), v1.userId, '{}'],
    [
      'that is not compressed',
      'usersig_illegal',
      appOf(v1),
      v1.userId,
      Buffer.from('{"TLS.ver":"2.0"}').toString('base64').replaceAll('=', '_'),
    ],
    [
      'compressed without the zlib header',
      'usersig_illegal',
      appOf(v1),
      v1.userId,
      deflateRawSync('{}').toString('base64').replaceAll('=', '_'),
    ],
    ['of JSON that is no object', 'usersig_illegal', appOf(v1), v1.userId, encode('[1,2]')],
    [
      'without an HMAC',
      'usersig_illegal',
      appOf(v1),
      v1.userId,
      encode('{"TLS.identifier":"administrator","TLS.sdkappid":1400000000}'),
    ],
    [
      'with a number beyond 2^53',
      'usersig_illegal',
      appOf(v1),
      v1.userId,
      encode('{"TLS.identifier":"administrator","TLS.sdkappid":1e300,"TLS.sig":"a"}'),
    ],
  ])('%s is refused as %s', (_, reason, app, identifier, text) => {
    expect(verifyUserSig(app, identifier, text, during, 0)).toMatchObject({ ok: false, reason });
  });

  it('that inflates to a gigabyte is refused at once', () => {
    const bomb = deflateSync(Buffer.alloc(4_000_000))
      .toString('base64')
      .replaceAll('+', '*')
      .replaceAll('/', '-')
      .replaceAll('=', '_');
    expect(bomb.length).toBeLessThan(8192);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200; i += 1) expect(check(bomb)).toMatchObject({ ok: false, reason: 'usersig_illegal' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  it('made from any fields is right, and wrong after any change of a field', () => {
    const name = fc.stringMatching(/^[\x20-\x7e]{1,32}$/);
    const seconds = fc.integer({ min: 1, max: 2 ** 31 });
    fc.assert(
      fc.property(
        name,
        seconds,
        seconds,
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        (userId, time, expire, bytes) => {
          const userbuf = Buffer.from(bytes);
          const text = makeUserSig({ sdkAppId: v1.sdkAppId, userId, key: v1.key, expire, now: time, userbuf });
          expect(verifyUserSig(appOf(v1), userId, text, time * 1000, 0).ok).toBe(true);
          const decoded = decodeUserSig(text);
          if (!decoded.ok) throw new Error(decoded.detail);
          const forged = { ...decoded.fields, expire: expire + 1 };
          const again = encode(
            JSON.stringify({
              'TLS.identifier': forged.identifier,
              'TLS.sdkappid': forged.sdkAppId,
              'TLS.time': forged.time,
              'TLS.expire': forged.expire,
              'TLS.userbuf': forged.userbuf,
              'TLS.sig': forged.sig,
            }),
          );
          expect(verifyUserSig(appOf(v1), userId, again, time * 1000, 0)).toMatchObject({ reason: 'usersig_mismatch' });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of random characters never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(check(text).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a UserSig that could be read in two ways', () => {
  const key = v1.key;
  const json = (fields: Omit<UserSigFields, 'sig'>) =>
    encode(
      JSON.stringify({
        'TLS.ver': '2.0',
        'TLS.identifier': fields.identifier,
        'TLS.sdkappid': fields.sdkAppId,
        'TLS.time': fields.time,
        'TLS.expire': fields.expire,
        ...(fields.userbuf === undefined ? {} : { 'TLS.userbuf': fields.userbuf }),
        'TLS.sig': signatureOf(fields, key).toString('base64'),
      }),
    );
  const plain = { sdkAppId: v1.sdkAppId, time: v1.time, expire: 86_400 };

  it.each([
    ['a line end in the userbuf', { ...plain, identifier: 'mallory', userbuf: 'YQ==\nTLS.identifier:administrator' }],
    ['blanks in the userbuf', { ...plain, identifier: 'mallory', userbuf: 'YQ== ' }],
    ['a line end in the identifier', { ...plain, identifier: 'mallory\nTLS.sdkappid:1' }],
    ['a control character in the identifier', { ...plain, identifier: 'a\u0000b' }],
  ])('is illegal, however right its HMAC is: %s', (_, fields) => {
    expect(decodeUserSig(json(fields))).toMatchObject({ ok: false, reason: 'field_broken' });
    const verdict = verifyUserSig(appOf(v1), fields.identifier, json(fields), during, 0);
    expect(verdict).toMatchObject({ ok: false, reason: 'usersig_illegal' });
  });

  it('is illegal when something follows its end', () => {
    const bytes = Buffer.from(v1.userSig.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '='), 'base64');
    const longer = Buffer.concat([bytes, Buffer.from('tail')]).toString('base64');
    const text = longer.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
    expect(decodeUserSig(v1.userSig).ok).toBe(true);
    expect(decodeUserSig(text)).toMatchObject({ ok: false, reason: 'not_zlib' });
  });
});

describe('SigCache', () => {
  it('remembers what was right, and checks everything that can change at each use', () => {
    const cache = new SigCache();
    const app = appOf(v1);
    const check = (one = app, identifier = v1.userId, now = during, revokedAt = 0) =>
      cache.verify(one, identifier, v1.userSig, now, revokedAt);
    expect(check().ok).toBe(true);
    expect(cache.size).toBe(1);
    expect(check().ok).toBe(true);
    expect(check(app, 'somebody')).toMatchObject({ reason: 'identifier_mismatch' });
    expect(check({ ...app, sdkAppId: sdkAppId(5) })).toMatchObject({ reason: 'sdkappid_mismatch' });
    expect(check(app, v1.userId, (v1.time + v1.expire + 1) * 1000)).toMatchObject({ reason: 'usersig_expired' });
    expect(check(app, v1.userId, during, v1.time)).toMatchObject({ reason: 'usersig_revoked' });
    expect(check({ ...app, keys: [{ id: 'k1', secret: 'rotated', createdAt: 0 }] })).toMatchObject({
      reason: 'usersig_mismatch',
    });
  });

  it('never remembers a wrong one, and forgets old ones beyond its size', () => {
    const cache = new SigCache(10_000);
    const other = testApp({ sdkAppId: sdkAppId(v1.sdkAppId), keys: [{ id: 'k1', secret: 'x', createdAt: 0 }] });
    cache.verify(other, v1.userId, v1.userSig, during, 0);
    expect(cache.size).toBe(0);
    for (let i = 0; i < 100; i += 1) {
      const text = makeUserSig({
        sdkAppId: v1.sdkAppId,
        userId: v1.userId,
        key: v1.key,
        expire: 600,
        now: v1.time + i,
      });
      cache.verify(appOf(v1), v1.userId, text, during, 0);
    }
    expect(cache.size).toBeGreaterThan(5);
    expect(cache.size).toBeLessThan(20);
  });
});

describe('Failures', () => {
  it('after ten wrong signatures within a minute a further one is told to wait, for as long as the minute lasts', () => {
    const failures = new Failures();
    const fail = (now: number, identifier = 'admin', ip = '1.2.3.4') => failures.failed(1, identifier, ip, now);
    for (let i = 0; i < 10; i += 1) expect(fail(i * 1000)).toBe(false);
    expect(fail(10_000)).toBe(true);
    expect(fail(10_000, 'other')).toBe(false);
    expect(fail(10_000, 'admin', '4.3.2.1')).toBe(false);
    expect(fail(200_000)).toBe(false);
  });

  it('keeps nothing of the text that an identifier was cut out of', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const failures = new Failures();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 2000; n += 1) {
      const url = Buffer.from(`/listen?identifier=somebody-${n}-of-many&x=${'x'.repeat(15_000)}`).toString('latin1');
      failures.failed(1, url.slice(url.indexOf('somebody'), url.indexOf('&')), '1.2.3.4', n);
    }
    collect();
    // 30 MB went through it.
    expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(3);
    expect(failures.failed(1, 'somebody-0-of-many', '1.2.3.4', 0)).toBe(false);
  });
});
