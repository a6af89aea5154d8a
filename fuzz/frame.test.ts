import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { readFrame } from '../packages/server/src/signalling/frame.ts';
import { fitting } from './support/fitting.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const callId = '6a4f8a5c-0000-4000-8000-000000000000';
const good = [
  { method: 'signIn', params: { sdkAppId: 1400000001, userId: 'a', userSig: 'x', platform: 'Web', deviceId: 'd' } },
  { method: 'call', params: { callees: ['b', 'c'], mediaType: 'Video', timeoutMs: 30_000, userData: '漢' } },
  { method: 'accept', params: { callId } },
  { method: 'signal', params: { callId, to: 'b', data: { sdp: 'v=0' } } },
  { method: 'resume', params: { callId, eventSeq: 3 } },
  { method: 'ping', params: {} },
].map((frame, id) => JSON.stringify({ jsonrpc: '2.0', id, ...frame }));

/** JSON-RPC 2.0 as the reference of signalling narrows it. */
const requestSchema = {
  type: 'object',
  required: ['jsonrpc', 'method'],
  properties: {
    jsonrpc: { const: '2.0' },
    method: { type: 'string' },
    id: {
      anyOf: [
        { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', minLength: 1, maxLength: 128 },
      ],
    },
    params: { anyOf: [{ type: 'object' }, { type: 'null' }] },
  },
};
const isRequest = fitting(requestSchema);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('a frame of a device', () => {
  fuzzed('is a request, or is refused under an id that it has', fc.oneof(spoilt(...good), noise), (text) => {
    const frame = readFrame(text);
    expect('refusal' in frame, text).toBe(!isRequest(parsed(text)));
    if ('refusal' in frame) {
      expect(frame.refusal.message.length).toBeLessThan(300);
      expect(frame.id === null || ['string', 'number'].includes(typeof frame.id)).toBe(true);
      return;
    }
    const value = JSON.parse(text);
    expect(frame.method).toBe(value.method);
    expect(frame.id).toBe(value.id);
    expect(typeof frame.params).toBe('object');
    expect(Array.isArray(frame.params)).toBe(false);
  });
});
