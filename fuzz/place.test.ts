import fc from 'fast-check';
import { callId, isCallId } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { readAttemptPlace, writeAttemptPlace } from '../packages/server/src/admin/attempt-place.ts';
import { readPlace, writePlace } from '../packages/server/src/admin/record-fields.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const id = '6a4f8a5c-0000-4000-8000-000000000000';
const times = fc.oneof(fc.nat(10 ** 12 - 1), fc.constantFrom('', '00', '-1', '1.5', '1e3', ' 1', '9'.repeat(13)));
const ids = fc.oneof(fc.uuid({ version: [4, 7] }), fc.constantFrom('', id.toUpperCase(), `${id}\n`, `.${id}`, id));
const made = fc.tuple(times, fc.constantFrom('.', '', '..', ','), ids).map((parts) => parts.join(''));

describe('where a page of records ended', () => {
  fuzzed(
    'is read where it is a time and the id of a call, and only there',
    fc.oneof(spoilt(`1760000000.${id}`), made, noise),
    (text) => {
      const place = readPlace(text);
      const dot = text.indexOf('.');
      const [time, call] = [text.slice(0, Math.max(dot, 0)), text.slice(dot + 1)];
      const isPlace = time !== '' && time.length <= 12 && !/[^0-9]/.test(time) && isCallId(call);
      expect(place, text).toEqual(isPlace ? { startedAt: Number(time), callId: call } : undefined);
    },
  );

  fuzzed(
    'is read as it was written, to the second',
    fc.tuple(fc.nat(10 ** 15 - 1), fc.uuid({ version: 4 })),
    ([startedAt, call]) => {
      const place = readPlace(writePlace({ startedAt, callId: call }));
      expect(place).toEqual({ startedAt: Math.floor(startedAt / 1000), callId: callId(call) });
    },
  );
});

const attempt = `1760000000123/main/1760000000000/${id}/3/v4/0`;
const words = fc.oneof(fc.constantFrom('0', '-1', '1e9', 'main', 'v4', 'v1', 'V4', '', '9'.repeat(16), id), noise);

describe('where a page of attempts ended', () => {
  fuzzed(
    'is read as whole numbers, an endpoint, a call and a format, or not at all',
    fc.oneof(
      spoilt(attempt),
      fc.array(words, { minLength: 6, maxLength: 8 }).map((parts) => parts.join('/')),
      noise,
    ),
    (text) => {
      const place = readAttemptPlace(text);
      const [at = '', endpoint = '', startedAt = '', call = '', eventSeq = '', format = '', part = '', ...more] =
        text.split('/');
      const isNumber = (word: string, digits: number) => word !== '' && word.length <= digits && !/[^0-9]/.test(word);
      const isPlace =
        more.length === 0 &&
        [at, startedAt].every((word) => isNumber(word, 15)) &&
        [eventSeq, part].every((word) => isNumber(word, 9)) &&
        endpoint.length <= 32 &&
        /^[a-z0-9]/.test(endpoint) &&
        !/[^a-z0-9-]/.test(endpoint) &&
        isCallId(call) &&
        ['v1', 'v4'].includes(format);
      const [number, seq, n] = [Number(startedAt), Number(eventSeq), Number(part)];
      const read = { at: Number(at), endpoint, startedAt: number, callId: call, eventSeq: seq, format, part: n };
      expect(place, text).toEqual(isPlace ? read : undefined);
    },
  );

  fuzzed(
    'is read as it was written',
    fc.record({
      at: fc.nat(10 ** 15 - 1),
      endpoint: fc.constantFrom('main', '0', 'a-b-c', 'x'.repeat(32)),
      startedAt: fc.nat(10 ** 15 - 1),
      callId: fc.uuid({ version: 4 }),
      eventSeq: fc.nat(10 ** 9 - 1),
      format: fc.constantFrom('v1', 'v4'),
      part: fc.nat(10 ** 9 - 1),
    }),
    (place) => expect(readAttemptPlace(writeAttemptPlace(place))).toEqual(place),
  );
});
