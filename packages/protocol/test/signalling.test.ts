import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import {
  bounds,
  callResults,
  closeCodes,
  type ErrorName,
  errors,
  signallingErrorName,
  signallingErrorNames,
  signallingNotices,
  signallingRequests,
} from '../src/index.ts';

const accepts = (schema: object, value: unknown): boolean => Compile(schema).Check(value);

describe('the declarations of signalling', () => {
  it('describe every member, since the description is what a device reads when the member is wrong', () => {
    const missing: string[] = [];
    for (const [method, { params }] of Object.entries(signallingRequests)) {
      for (const [name, field] of Object.entries(params.properties)) {
        if (!('description' in field) || field.description === '') missing.push(`${method}.${name}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('take ids, media types and time-outs within their bounds and nothing beyond', () => {
    const { callees, mediaType, timeoutMs } = signallingRequests.call.params.properties;
    const { deviceId } = signallingRequests.signIn.params.properties;
    const takes = (schema: object, good: readonly unknown[], bad: readonly unknown[]) => {
      for (const value of good) expect(accepts(schema, value), JSON.stringify(value)).toBe(true);
      for (const value of bad) expect(accepts(schema, value), JSON.stringify(value)).toBe(false);
    };
    takes(callees, [[], ['a', 'x'.repeat(32), 'with blank ~']], [['x'.repeat(33)], [''], ['é'], ['a\n'], [1], 'a']);
    takes(mediaType, ['Audio', 'VIDEO', 'video'], ['', 'audios', 'Audio\n', 1]);
    takes(timeoutMs, [0, 1000, bounds.ringTimeoutMax], [-1, 1.5, bounds.ringTimeoutMax + 1, '1000']);
    takes(deviceId, ['d', '0f3a-…'.slice(0, 5), 'A.b_c:d~e+f=g@h-'], ['', 'a/b', 'a b', 'x'.repeat(65), 'é']);
  });

  it('know all results of a call, and none besides', () => {
    const { result } = signallingNotices.callEnded.params.properties;
    for (const one of [...callResults, '']) expect(accepts(result, one)).toBe(true);
    expect(accepts(result, 'Lost')).toBe(false);
  });

  it('give every row of the error table a name that devices may rely on', () => {
    for (const reason of Object.keys(errors) as ErrorName[]) {
      expect(signallingErrorNames).toContain(signallingErrorName(reason));
    }
    for (const name of signallingErrorNames) expect(signallingErrorName(name)).toBe(name);
    expect(signallingErrorName('usersig_expired')).toBe('bad_signature');
    expect(signallingErrorName('scene_not_supported')).toBe('not_allowed');
    expect(signallingErrorName('internal')).toBe('overloaded');
  });

  it('have close codes that differ, of kinds that a server may send', () => {
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes)
      expect((code >= 1000 && code <= 1014 && code !== 1005 && code !== 1006) || (code >= 4000 && code < 5000)).toBe(
        true,
      );
  });
});
