import fc from 'fast-check';
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { operations, streams } from '../../src/admin/index.ts';
import { FirstMisfit } from '../../src/base/first-misfit.ts';
import { commands } from '../../src/commands/index.ts';

interface Parts {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
}

/** Values that fit here and there, and others in their places. */
function near(schema: TSchema): fc.Arbitrary<unknown> {
  const { properties, items } = schema as Parts;
  const odd = fc.oneof(
    fc.constantFrom(null, '', 'a', 'x'.repeat(300), 0, -1, 1.5, 2 ** 40, true, [], {}),
    fc.jsonValue(),
  );
  if (properties !== undefined) {
    const known = Object.entries(properties).map(([name, property]) => [name, near(property)]);
    const record = fc.record(Object.fromEntries(known), { requiredKeys: [] });
    const more = fc.dictionary(fc.string(), odd, { maxKeys: 1 });
    return fc.oneof({ weight: 9, arbitrary: fc.tuple(record, more).map(([a, b]) => ({ ...a, ...b })) }, odd);
  }
  if (items !== undefined) return fc.oneof({ weight: 9, arbitrary: fc.array(near(items), { maxLength: 5 }) }, odd);
  return fc.oneof({ weight: 5, arbitrary: fc.constantFrom('a', 'alice', 1, 20, 'Audio') }, odd);
}

test('it finds what the library lists first, in what every command and operation takes', () => {
  const schemas = [
    ...commands.map(({ request }) => request),
    ...operations.map(({ input }) => input),
    ...streams.map(({ input }) => input),
  ];
  expect(schemas.length).toBeGreaterThan(80);
  let wrong = 0;
  for (const schema of schemas) {
    const [check, first] = [Compile(schema), new FirstMisfit(schema)];
    const property = fc.property(near(schema), (value) => {
      const [error] = check.Errors(value);
      const { keyword, instancePath, params, message } = error ?? {};
      if (error !== undefined) wrong += 1;
      expect(first.find(value)).toEqual(
        error === undefined ? undefined : expect.objectContaining({ keyword, instancePath, params, message }),
      );
    });
    fc.assert(property, { numRuns: 60 });
  }
  expect(wrong).toBeGreaterThan(schemas.length * 20);
});

test('it finds it in the depth, behind what fits, and a missing member before a wrong one', () => {
  const inner = Type.Object({ n: Type.Integer(), s: Type.Array(Type.String({ maxLength: 2 }), { maxItems: 3 }) });
  const first = new FirstMisfit(Type.Object({ a: Type.Array(inner), b: Type.Optional(Type.Boolean()) }));
  const found = (value: unknown) => {
    const misfit = first.find(value);
    return misfit && [misfit.instancePath, misfit.keyword];
  };
  expect(found({ a: [{ n: 1, s: ['ab'] }], b: true })).toBeUndefined();
  expect(
    found({
      a: [
        { n: 1, s: ['ab'] },
        { n: 2, s: ['ab', 'abc'] },
      ],
    }),
  ).toEqual(['/a/1/s/1', 'maxLength']);
  expect(found({ a: [{ n: 1, s: ['a', 'b', 'c', 'd'] }] })).toEqual(['/a/0/s', 'maxItems']);
  expect(found({ a: [{ n: 'x' }] })).toEqual(['/a/0', 'required']);
  expect(found({ a: [], b: 1 })).toEqual(['/b', 'type']);
  expect(found([])).toEqual(['', 'type']);
});

test('it finds the first member that is too many, or that no pattern allows, whatever its name', () => {
  const first = new FirstMisfit(
    Type.Object(
      { a: Type.Integer(), b: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z]+$' }), Type.Integer())) },
      { additionalProperties: false },
    ),
  );
  const found = (text: string) => {
    const misfit = first.find(JSON.parse(text));
    return misfit && [misfit.instancePath, misfit.keyword];
  };
  expect(found('{"a":1,"b":{"x":1,"y":2}}')).toBeUndefined();
  for (const name of ['c', '__proto__', 'constructor'])
    expect(found(`{"a":"x","${name}":1,"d":1}`)).toEqual([`/${name}`, 'boolean']);
  expect(found('{"c":1}')).toEqual(['', 'required']);
  expect(found('{"a":1,"b":{"x":1,"y":"2","z":"3"}}')).toEqual(['/b/y', 'type']);
  expect(first.find({ a: undefined })).toMatchObject({ instancePath: '/a', keyword: 'type' });
  expect(first.find({ a: 1, b: undefined })).toBeUndefined();
});

test('what is wrong with a long list costs no more than some checks of it', () => {
  const schema = Type.Object({ names: Type.Array(Type.String({ minLength: 1 }), { maxItems: 99 }), n: Type.Integer() });
  const value = { names: Array<string>(20_000).fill('a'), n: 0.5 };
  const [check, first] = [Compile(schema), new FirstMisfit(schema)];
  const time = (work: () => void): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20; i += 1) {
      const began = performance.now();
      work();
      best = Math.min(best, performance.now() - began);
    }
    return best;
  };
  expect(first.find(value)?.instancePath).toBe('/names');
  // The library needs twenty times as long.
  expect(time(() => first.find(value))).toBeLessThan(time(() => check.Errors(value)) / 4);
});
