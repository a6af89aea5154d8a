import fc from 'fast-check';
import { bounds, deviceMessageSchemas, Refusal, signallingRequests, utf8Length } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { roomOf, textOf, timeoutOf } from '../packages/server/src/requests/form.ts';
import { mediaDataOf } from '../packages/server/src/requests/media-data.ts';
import { ParamsCheck } from '../packages/server/src/requests/params-check.ts';
import { pushInfoOf } from '../packages/server/src/requests/push-form.ts';
import { fitting } from './support/fitting.ts';
import { type SchemaParts, valuesOf } from './support/from-schema.ts';
import { fuzzed } from './support/fuzzed.ts';

/** What a check does with a value: what it gives on, or its refusal. */
function outcomeOf<T>(check: () => T): T | Refusal {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function judgeRefusal({ reason, detail = '', field }: Refusal, names: readonly string[], path = ''): void {
  expect(reason).toBe('frame_bad_params');
  expect(detail.length).toBeLessThan(400);
  if (field === undefined) return;
  expect(names.map((name) => path + name)).toContain(field);
  expect(detail.startsWith(field)).toBe(true);
}

/** Members that are null are absent, where null is no value. */
const given = (params: object): object =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));

const doors = new Map(
  Object.entries(signallingRequests).map(([method, { params }]) => {
    const schema = params as unknown as SchemaParts;
    const names = Object.keys(schema.properties ?? {});
    return [method, { names, values: valuesOf(schema), check: new ParamsCheck(params), fits: fitting(params) }];
  }),
);
type Door = typeof doors extends Map<string, infer One> ? One : never;

describe('params of a request', () => {
  fuzzed(
    'are taken where the schema says so, and only there',
    fc.oneof(...[...doors].map(([method, { values }]) => fc.tuple(fc.constant(method), values))),
    ([method, params]) => {
      const { names, check, fits } = doors.get(method) as Door;
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      const outcome = outcomeOf(() => check.pass(params));
      if (outcome instanceof Refusal) judgeRefusal(outcome, names);
      expect(!(outcome instanceof Refusal)).toBe(fits(params) || fits(given(params)));
      if (!(outcome instanceof Refusal)) expect(fits(outcome)).toBe(true);
      expect(({} as { x?: unknown }).x).toBeUndefined();
    },
  );
});

const messages = Object.values(deviceMessageSchemas).map((schema) => ({
  schema: schema as unknown as SchemaParts,
  fits: fitting(schema),
}));

describe('a message of a device about media', () => {
  fuzzed(
    'is taken where the schema of its type says so, and only there',
    fc.oneof(...messages.map(({ schema }) => valuesOf(schema))),
    (data) => {
      const outcome = outcomeOf(() => mediaDataOf(data));
      const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
      const fits = isObject && messages.some((one) => one.fits(data) || one.fits(given(data)));
      expect(!(outcome instanceof Refusal)).toBe(fits);
      if (!(outcome instanceof Refusal)) expect(messages.some((one) => one.fits(outcome))).toBe(true);
      else {
        const names = messages.flatMap(({ schema }) => Object.keys(schema.properties ?? {}));
        if (outcome.field !== 'data') judgeRefusal(outcome, names, 'data.');
      }
    },
  );
});

const pushNames = [
  ...['title', 'description', 'extension', 'androidFCMChannelID', 'androidSound', 'iOSSound', 'iOSPushType'],
  ...['androidOPPOChannelID', 'androidXiaoMiChannelID', 'androidHuaWeiCategory', 'androidVIVOClassification'],
  ...['isDisablePush', 'ignoreIOSBadge'],
];
const pushText: SchemaParts = { type: 'string', maxLength: 3000 };
const pushMembers = Object.fromEntries(
  pushNames.map((name) => {
    const isFlag = name.startsWith('is') || name.startsWith('ignore');
    const isNumber = name === 'iOSPushType' || name === 'androidVIVOClassification';
    return [name, isFlag ? { type: 'boolean' } : isNumber ? { type: 'integer', minimum: 0, maximum: 1 } : pushText];
  }),
);

describe('what is not in a schema', () => {
  fuzzed(
    'of a push: has a form of its own, or the field that has not is named',
    valuesOf({ properties: pushMembers }),
    (push) => {
      if (typeof push !== 'object' || push === null) return;
      const info = outcomeOf(() => pushInfoOf(push));
      if (info instanceof Refusal) judgeRefusal(info, pushNames, 'push.');
      else {
        const { title = '', text = '', data = '' } = info ?? {};
        expect(utf8Length(title) <= bounds.pushTitleBytes && utf8Length(text) <= bounds.pushTextBytes).toBe(true);
        expect(utf8Length(data)).toBeLessThanOrEqual(bounds.pushDataBytes);
      }
    },
  );

  fuzzed(
    'of texts, times and rooms: is within its bounds, or refused by name',
    fc.tuple(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer(), fc.constantFrom(undefined, 0, 1, 2)),
    ([text, number, type]) => {
      const said = outcomeOf(() => textOf('userData', text, 40));
      if (said instanceof Refusal) judgeRefusal(said, ['userData']);
      expect(said instanceof Refusal).toBe(Buffer.byteLength(text) > 40);
      const timeout = outcomeOf(() => timeoutOf(number));
      if (timeout instanceof Refusal) judgeRefusal(timeout, ['timeoutMs']);
      else expect(timeout).toBeGreaterThanOrEqual(bounds.ringTimeoutMin);
      for (const roomId of [text, String(number)]) {
        const room = outcomeOf(() => roomOf(roomId, type));
        if (room instanceof Refusal) judgeRefusal(room, ['roomId']);
        else if (room.roomIdType === 1) expect(Number(room.roomId)).toBeGreaterThanOrEqual(1);
        else expect(Buffer.byteLength(room.roomId)).toBeLessThanOrEqual(bounds.roomIdBytes);
      }
    },
  );
});
