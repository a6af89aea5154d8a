import fc from 'fast-check';
import { Refusal } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { readLetter, refusalOf } from '../packages/server/src/media/letters.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const call = { app: 1400000001, callId: '6a4f8a5c-0000-4000-8000-000000000000' };
const good = [
  { kind: 'say', id: 7, from: 'node.1', ...call, userId: 'a', device: 'd', data: { type: 'hello', epoch: 3 } },
  { kind: 'taken', id: 7, standing: { epoch: 3, mode: 'room' } },
  { kind: 'refused', id: 7, name: 'too_fast', detail: 'text', field: 'data.sdp' },
  { kind: 'elsewhere', id: 7 },
  { kind: 'changed', ...call, version: 4, over: false },
  { kind: 'leaving', from: 'node.1' },
].map((letter) => JSON.stringify(letter));

describe('a letter between nodes about media', () => {
  fuzzed('is of a kind that is known and whole, or is none', fc.oneof(spoilt(...good), noise), (text) => {
    const letter = readLetter(text);
    if (letter === undefined) return;
    if ('id' in letter) expect(Number.isSafeInteger(letter.id)).toBe(true);
    if ('callId' in letter) expect([typeof letter.app, typeof letter.callId]).toEqual(['number', 'string']);
    if ('from' in letter) expect(typeof letter.from).toBe('string');
    if (letter.kind === 'taken') expect(['', 'p2p', 'room']).toContain(letter.standing.mode);
    if (letter.kind === 'refused') expect(refusalOf(letter)).toBeInstanceOf(Refusal);
  });
});
