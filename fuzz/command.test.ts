import fc from 'fast-check';
import { Refusal } from 'ringback-protocol';
import { describe, expect } from 'vitest';
import { commands } from '../packages/server/src/commands/index.ts';
import { fitting } from './support/fitting.ts';
import { type SchemaParts, valuesOf, withoutNull } from './support/from-schema.ts';
import { fuzzed } from './support/fuzzed.ts';

const doors = new Map(
  commands.map((command) => [
    command.path,
    {
      command,
      bodies: valuesOf(command.request as unknown as SchemaParts),
      fits: fitting(command.request),
    },
  ]),
);
type Door = typeof doors extends Map<string, infer One> ? One : never;

/** Whether everything in a value is named by the schema: what it does not know is left. */
function isKnown(value: unknown, schema: SchemaParts): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const { anyOf, items = {}, properties } = schema;
  if (anyOf !== undefined) return anyOf.some((one) => isKnown(value, one));
  if (Array.isArray(value)) return value.every((one) => isKnown(one, items));
  if (properties === undefined) return true;
  return Object.entries(value).every(([name, member]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return known !== undefined && isKnown(member, known);
  });
}

describe('the body of each command', () => {
  fuzzed(
    'is read into what its schema says, or refused by a sentence that names the field',
    fc.oneof(...[...doors].map(([path, { bodies }]) => fc.tuple(fc.constant(path), bodies))),
    ([path, body]) => {
      const { command, fits } = doors.get(path) as Door;
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
      const sent = JSON.stringify(body);
      let read: unknown;
      try {
        read = command.read(body);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { reason, detail = '', field = '' } = error;
        expect(reason).toBe('bad_params');
        // A command that takes any object has no field to blame.
        expect(detail.startsWith(field)).toBe(true);
        expect(field).not.toBe('');
        expect(detail.length).toBeLessThan(600);
        // What fits as it is, null being absent, is never refused, unless an older name of a member takes its place.
        if (!sent.includes('"Identifier"')) expect(fits(withoutNull(body)), sent).toBe(false);
        return;
      }
      expect(fits(read), sent).toBe(true);
      expect(isKnown(read, command.request as unknown as SchemaParts)).toBe(true);
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
      // Once more changes nothing, and what was sent is as it was.
      expect(command.read(read as object)).toEqual(read);
      expect(JSON.stringify(body)).toBe(sent);
    },
  );
});
