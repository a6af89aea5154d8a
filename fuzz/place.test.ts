import fc from 'fast-check';
import { callId, isCallId } from 'ringback-protocol';
import { describe, expect } from 'vitest';
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
