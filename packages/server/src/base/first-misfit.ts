import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Check, Errors } from 'typebox/value';

/** What does not fit a schema, and where: a JSON pointer into the value. */
export interface Misfit {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** The parts of JSON Schema that look into a value. */
interface Parts {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
  readonly additionalProperties?: unknown;
  readonly patternProperties?: unknown;
  readonly required?: readonly string[];
}

type Fits = (value: unknown) => boolean;

/** One schema within another. */
class Place {
  readonly items: Place | undefined;
  readonly properties: ReadonlyMap<string, Place>;
  readonly required: ReadonlySet<string>;
  /** What the schema asks of a value itself, and not of what is in it. */
  readonly shell: TSchema;
  /** What it asks of members that have no names in it; undefined: nothing. */
  readonly others: TSchema | undefined;
  readonly #schema: TSchema;
  readonly #isMany: boolean;
  #fits: Fits | undefined;

  /** `isMany`: many values are held to it, as items of a list are. */
  constructor(schema: TSchema, isMany = false) {
    const parts = schema as Parts;
    const { properties = {}, items, additionalProperties, patternProperties, required = [], ...shell } = parts;
    this.#schema = schema;
    this.#isMany = isMany;
    this.items = items === undefined ? undefined : new Place(items, true);
    this.properties = new Map(Object.entries(properties).map(([name, property]) => [name, new Place(property)]));
    this.required = new Set(required);
    this.shell = { ...shell, ...(required.length > 0 && { required }) } as TSchema;
    const names = Object.fromEntries(Object.keys(properties).map((name) => [name, {}]));
    const others = {
      ...(additionalProperties !== undefined && { additionalProperties }),
      ...(patternProperties !== undefined && { patternProperties }),
    };
    if (Object.keys(others).length > 0) this.others = { properties: names, ...others } as TSchema;
  }

  /** What may be long is looked through by compiled code, which takes some ms to make, once; all else without. */
  get fits(): Fits {
    this.#fits ??= this.#isMany || this.#isLong() ? compiled(this.#schema) : (value) => Check(this.#schema, value);
    return this.#fits;
  }

  #isLong(): boolean {
    const { items, others, properties } = this;
    return items !== undefined || others !== undefined || [...properties.values()].some((one) => one.#isLong());
  }
}

function compiled(schema: TSchema): Fits {
  const check = Compile(schema);
  return (value) => check.Check(value);
}

/**
 * A check that also finds the first thing that does not fit, in about the time of some checks: the library lists what is wrong, and asks
 * some dozen questions of each item of a list for it, 5 ms for a body with 5000 names.
 *
 * It looks into `properties`, `additionalProperties`, `patternProperties` and `items` of one schema, as those of commands and
 * operations have them; not into `$ref`, tuples and `prefixItems`.
 */
export class FirstMisfit {
  readonly #fits: Fits;
  readonly #place: Place;

  constructor(schema: TSchema) {
    this.#fits = compiled(schema);
    this.#place = new Place(schema);
  }

  /** undefined: it fits. */
  find(value: unknown): Misfit | undefined {
    return this.#fits(value) ? undefined : search(this.#place, value, '');
  }
}

/** In a value that does not fit. */
function search(place: Place, value: unknown, path: string): Misfit {
  const { items, others } = place;
  if (Array.isArray(value) && items !== undefined) {
    for (const [index, item] of value.entries()) {
      if (!items.fits(item)) return search(items, item, `${path}/${index}`);
    }
  }
  const own = first(place.shell, value, path);
  if (own !== undefined) return own;
  const members = value as Readonly<Record<string, unknown>>;
  if (others !== undefined) {
    for (const name in members) {
      if (place.properties.has(name) || !Object.hasOwn(members, name)) continue;
      // Of one member: the library would list all that are too many.
      const other = first(others, { [name]: members[name] }, path);
      if (other !== undefined) return other;
    }
  }
  for (const [name, property] of place.properties) {
    if (!Object.hasOwn(members, name)) continue;
    const member = members[name];
    if (member === undefined && !place.required.has(name)) continue;
    if (!property.fits(member)) return search(property, member, `${path}/${name}`);
  }
  return { keyword: '', instancePath: path, params: {}, message: 'must fit its schema' };
}

function first(schema: TSchema, value: unknown, path: string): Misfit | undefined {
  const [error] = Errors(schema, value);
  return error && { ...error, instancePath: path + error.instancePath };
}
