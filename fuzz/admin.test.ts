import fc from 'fast-check';
import { Refusal } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { checkInput } from '../packages/server/src/admin/check-input.ts';
import { sessionSecret } from '../packages/server/src/admin/http/cookie.ts';
import { inputOf } from '../packages/server/src/admin/http/input.ts';
import { operations, streams } from '../packages/server/src/admin/index.ts';
import type { Operation } from '../packages/server/src/admin/operation.ts';
import { fitting } from './support/fitting.ts';
import { type SchemaParts, valuesOf } from './support/from-schema.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const all = [...(operations as readonly unknown[] as readonly Operation[]), ...streams];
const doors = new Map(
  all.map((operation) => [
    operation.name,
    {
      operation,
      inputs: valuesOf(operation.input as unknown as SchemaParts),
      fits: fitting(operation.input),
      names: Object.keys(operation.input.properties),
    },
  ]),
);
type Door = typeof doors extends Map<string, infer One> ? One : never;

/** What a query can hold: texts, and lists of them where a name comes twice. */
const asQuery = (value: unknown): unknown =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.map(asText) : JSON.stringify(value);

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

describe('what is asked of the settings API', () => {
  fuzzed(
    'is taken where the operation has such an input, or refused by the name of a field, never by its value',
    fc.tuple(fc.oneof(...[...doors].map(([name, { inputs }]) => fc.tuple(fc.constant(name), inputs))), fc.boolean()),
    ([[name, wanted], secret]) => {
      // The reader of JSON refuses this name before.
      if (Object.hasOwn(Object(wanted), '__proto__')) return;
      const { operation, fits, names } = doors.get(name) as Door;
      const value =
        secret && typeof wanted === 'object' && wanted !== null
          ? { ...wanted, [names[0] ?? 'x']: 'rbk_s3cret' }
          : wanted;
      const isRead = operation.http[0] === 'GET' || operation.http[0] === 'DELETE';
      const query = Object.fromEntries(Object.entries(Object(value)).map(([key, one]) => [key, asQuery(one)]));
      let input: unknown;
      try {
        input = inputOf(operation, { query: isRead ? query : {}, body: value, params: {} } as never);
        checkInput(operation, input);
        expect(fits(input)).toBe(true);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        expect(error.detail?.length).toBeLessThan(500);
        expect(error.detail).not.toContain('s3cret');
        expect(input === undefined || !fits(input)).toBe(true);
      }
      expect(({} as { x?: unknown }).x).toBeUndefined();
    },
  );

  fuzzed(
    'comes with a cookie, or with none',
    fc.oneof(spoilt('ringback=secret; other=1', '__Host-ringback=a=b', ' x ; ringback = y '), noise),
    (header) => {
      for (const https of [false, true]) {
        const secret = sessionSecret(header, https);
        if (secret === undefined) continue;
        expect(header).toContain(secret);
        expect(secret).not.toContain(';');
      }
    },
  );
});
