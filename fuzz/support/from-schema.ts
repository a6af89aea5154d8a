import fc from 'fast-check';

/** The parts of JSON Schema that the product uses. */
export interface SchemaParts {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaParts[];
  readonly properties?: Readonly<Record<string, SchemaParts>>;
  readonly required?: readonly string[];
  readonly items?: SchemaParts;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** What no schema wants, or only some do. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    0,
    -0,
    -1,
    1.5,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '\ud800',
    '漢',
    [],
    [[]],
    {},
    [null],
  ),
  fc.constantFrom<unknown>('constructor', '__proto__', '0', 'NaN', ['a', 'a'], { length: 1 }, '\0'),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Names that objects have, or that somebody may have meant. */
const strangers = fc.constantFrom('__proto__', 'constructor', 'toString', 'Identifier', 'UserID', 'x', '', 'length');

/** A member that is there whatever its name: an assignment to `__proto__` would not make one. */
function put(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Every tenth part of a value is something else than the schema says. */
export function valuesOf(schema: SchemaParts): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: fitting(schema) }, { weight: 1, arbitrary: odd });
}

function fitting(schema: SchemaParts): fc.Arbitrary<unknown> {
  const { anyOf, items, maxItems = 4, properties, enum: words, type } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (words !== undefined) return fc.oneof(fc.constantFrom(...words), fc.constantFrom(...words.map(shouted)));
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(valuesOf));
  if (properties !== undefined) return objectsOf(properties, new Set(schema.required));
  if (type === 'array') return fc.array(valuesOf(items ?? {}), { maxLength: Math.min(maxItems + 1, 5) });
  if (type === 'integer' || type === 'number') return numbersOf(schema);
  if (type === 'string') return textsOf(schema);
  if (type === 'boolean') return fc.boolean();
  return odd;
}

const shouted = (word: unknown): unknown => (typeof word === 'string' ? word.toUpperCase() : word);

/** Members that must be there mostly are, and those that may be often. */
function objectsOf(
  properties: Readonly<Record<string, SchemaParts>>,
  required: ReadonlySet<string>,
): fc.Arbitrary<object> {
  const members = Object.entries(properties).map(([name, schema]) =>
    fc.tuple(fc.constant(name), fc.nat(required.has(name) ? 39 : 2), valuesOf(schema)),
  );
  const stranger = fc.tuple(strangers, fc.nat(9), odd);
  return fc.tuple(fc.tuple(...members), stranger).map(([own, [name, chance, value]]) => {
    const object = {};
    for (const [member, chance, value] of own) if (chance > 0) put(object, member, value);
    if (chance === 0 && !Object.hasOwn(object, name)) put(object, name, value);
    return object;
  });
}

function numbersOf({ minimum = -5, maximum = minimum + 100 }: SchemaParts): fc.Arbitrary<number> {
  const edges = [minimum, maximum, minimum - 1, maximum + 1, minimum + 0.5];
  return fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, 2 ** 31 - 1) }) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  );
}

function textsOf({ pattern, minLength = 0, maxLength = 24 }: SchemaParts): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const longest = Math.min(maxLength, 64);
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ minLength: Math.min(minLength, longest), maxLength: longest }) },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(maxLength + 1), '漢'.repeat(Math.min(maxLength, 700))) },
  );
}

/** Without members that are null, at any depth: null means absent. */
export function withoutNull(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNull);
  const kept = {};
  for (const [name, member] of Object.entries(value)) if (member !== null) put(kept, name, withoutNull(member));
  return kept;
}
