import { createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { closeCodes, type NodeId, nodeId } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { letterOf as changeOf } from '../packages/server/src/cluster/herald.ts';
import { messageOf } from '../packages/server/src/cluster/redis/message.ts';
import { keptOf } from '../packages/server/src/cluster/redis/presence.ts';
import { Seals } from '../packages/server/src/cluster/redis/seals.ts';
import { letterOf } from '../packages/server/src/observe/isolation.ts';
import { fitting } from './support/fitting.ts';
import { valuesOf } from './support/from-schema.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const callId = '6a4f8a5c-0000-4000-8000-000000000000';
const good = [
  { from: 'n1', app: 1400000001, to: [{ userId: 'a', except: 'd' }], frame: '{"jsonrpc":"2.0"}' },
  {
    from: 'n1',
    app: 1400000001,
    to: [{ userId: 'a' }],
    mark: { callId, version: 3, eventSeq: 2, over: false },
    call: 'x',
  },
  { from: 'n1', app: 1400000001, to: [{ userId: 'a', device: 'd' }], close: 4004, until: 1_800_000_000_000 },
].map((message) => JSON.stringify(message));

/** What a node says of something that was changed. */
const changeSchema = {
  type: 'object',
  properties: {
    from: { type: 'string' },
    n: { type: 'integer', minimum: 1, maximum: 2 ** 53 - 1 },
    read: { type: 'boolean' },
  },
  required: ['from', 'n', 'read'],
} as const;
const isChange = fitting(changeSchema);
const changes = [
  '{"from":"n1.7","n":1,"read":false}',
  '{"from":"n2.1","n":9007199254740991,"read":true,"later":{"x":[1]}}',
];

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNone = (value: unknown): boolean => value === undefined || isText(value);

/** Undefined for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('what nodes tell each other', () => {
  fuzzed('about users is whole, or is nothing', fc.oneof(spoilt(...good), noise), (text) => {
    const message = messageOf(text);
    if (message === undefined) return;
    const { from, app, to, frame, mark, call, close, until = 1 } = message;
    expect([typeof from, typeof app]).toEqual(['string', 'number']);
    expect(to.every((one) => isText(one.userId) && isTextOrNone(one.device) && isTextOrNone(one.except))).toBe(true);
    expect(isTextOrNone(frame) && isTextOrNone(call)).toBe(true);
    if (mark !== undefined) {
      expect([typeof mark.callId, typeof mark.over]).toEqual(['string', 'boolean']);
      expect(mark.version > 0 && mark.eventSeq > 0).toBe(true);
    }
    if (close !== undefined) expect(Object.values(closeCodes).map(({ code }): number => code)).toContain(close);
    expect(Number.isSafeInteger(until)).toBe(true);
  });

  fuzzed(
    'about who is online, and whether they are heard, is whole, or is nothing',
    fc.oneof(spoilt('{"at":"n1.7","platform":"Web","since":1800000000000}', '{"from":"n1"}', '"sure"'), noise),
    (text) => {
      const kept = keptOf(text);
      if (kept !== undefined) {
        expect([typeof kept.at, typeof kept.platform, typeof kept.since]).toEqual(['string', 'string', 'number']);
      }
      const letter = letterOf(text);
      if (letter !== undefined && letter !== 'sure') expect(typeof letter.from).toBe('string');
    },
  );

  fuzzed(
    'about what was changed is read where it is whole, and only there',
    fc.oneof(
      spoilt(...changes),
      valuesOf(changeSchema).map((value) => JSON.stringify(value)),
      noise,
    ),
    (text) => {
      const value = parsed(text);
      if (!isChange(value)) expect(changeOf(text)).toBeUndefined();
      else {
        const { from, n, read } = value as Record<string, unknown>;
        expect(changeOf(text)).toEqual({ from, n, read });
      }
    },
  );

  const secrets = new Map<NodeId, KeyObject>([[nodeId('n1'), createSecretKey(Buffer.alloc(32, 1))]]);
  const seals = new Seals({ self: nodeId('n1'), secretOf: (node) => secrets.get(node) });
  const call = '{"callId":"x","version":7}';
  const sealed = seals.seal(call) ?? '';

  fuzzed('under seal is what the sender has sealed, or is nothing', fc.oneof(spoilt(sealed), noise), (text) => {
    expect([undefined, call]).toContain(seals.open(nodeId('n1'), text));
    expect(seals.open(nodeId('n2'), text)).toBeUndefined();
  });
});
