import { Refusal } from 'ringback-protocol';
import type { TObject, TSchema } from 'typebox';
import { FirstMisfit, type Misfit } from '../base/first-misfit.ts';

/** The parts of JSON Schema that commands use. */
interface SchemaParts {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
  readonly enum?: readonly unknown[];
}

type Tidy = (value: unknown) => unknown;

/**
 * Makes the reader of a command's body. It takes what the schema knows and leaves the rest: `null` means absent, one
 * value may stand for a list of one, and words are read in any case; an empty text where a word is expected means absent, as
 * typed clients write it, and `Identifier` is an older name of `UserID`. The result fits the schema; else it throws
 * `Refusal('bad_params')` with a sentence that names the field.
 */
export function bodyReader(schema: TObject): (body: object) => unknown {
  const tidy = tidier(schema);
  const check = new FirstMisfit(schema);
  return (body) => {
    const value = tidy(body);
    const misfit = check.find(value);
    if (misfit !== undefined) throw explain(value, misfit);
    return value;
  };
}

function tidier(schema: TSchema): Tidy {
  const { type, properties, items, enum: words } = schema as SchemaParts;
  if (properties !== undefined) return objectTidier(properties);
  if (type === 'array' && items !== undefined) {
    const each = tidier(items);
    return (value) => (Array.isArray(value) ? value : [value]).map(each);
  }
  if (words !== undefined) {
    return (value) => {
      if (typeof value !== 'string') return value;
      const lower = value.toLowerCase();
      return words.find((word) => typeof word === 'string' && word.toLowerCase() === lower) ?? value;
    };
  }
  return (value) => value;
}

function objectTidier(properties: Readonly<Record<string, TSchema>>): Tidy {
  const members = Object.entries(properties).map(([name, schema]) => ({ name, tidy: tidier(schema) }));
  const words = new Set(members.map(({ name }) => name).filter((name) => isWord(properties[name] as SchemaParts)));
  // Where a command declares the older name too, it sees to that itself.
  const takesBoth = Object.hasOwn(properties, 'Identifier');
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const tidied: Record<string, unknown> = {};
    const olderId = takesBoth ? undefined : memberOf(value, 'Identifier');
    for (const { name, tidy } of members) {
      let member = memberOf(value, name);
      // Callers with one shape for both names leave the one that they do not use empty.
      if (name === 'UserID' && (member === undefined || member === '')) member = olderId ?? member;
      if (member !== undefined && !(member === '' && words.has(name))) tidied[name] = tidy(member);
    }
    return tidied;
  };
}

/** Own members only: a name that every object inherits was not sent by the caller. `null` means absent. */
const memberOf = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? ((value as Readonly<Record<string, unknown>>)[name] ?? undefined) : undefined;

/** Whether it takes certain words only, and the empty text is none of them. */
const isWord = ({ enum: words }: SchemaParts): boolean => words !== undefined && !words.includes('');

/** As a sentence. */
function explain(value: unknown, error: Misfit): Refusal {
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'required') {
    const holder = at(value, error.instancePath);
    const missing = (params.requiredProperties as readonly string[]).find((name) => !Object.hasOwn(holder, name)) ?? '';
    const field = fieldName(`${error.instancePath}/${missing}`);
    return new Refusal('bad_params', `${field} is required`, field);
  }
  const field = fieldName(error.instancePath);
  return new Refusal('bad_params', `${field} ${demand(error, params)}`, field);
}

function demand(error: Misfit, params: Readonly<Record<string, unknown>>): string {
  switch (error.keyword) {
    case 'type':
      return `must be ${article(String(params.type))}`;
    case 'enum':
      return `must be one of ${(params.allowedValues as readonly unknown[]).join(', ')}`;
    case 'minimum':
      return `must be at least ${String(params.limit)}`;
    case 'maximum':
      return `must be at most ${String(params.limit)}`;
    default:
      return error.message;
  }
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** `/CallInfo/RoomId` is `CallInfo.RoomId`, `/CalleeList_Account/1` is `CalleeList_Account[1]`. */
const fieldName = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part, index) => (/^[0-9]+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');

/** The object that a pointer into a tidied body leads to; the names on the way are those of the schema. */
function at(value: unknown, pointer: string): object {
  let here: unknown = value;
  for (const part of pointer.split('/').slice(1)) here = (here as Readonly<Record<string, unknown>>)[part];
  return here as object;
}
