import type { Refusal } from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import type { Operation } from './operation.ts';
import { refuse } from './refusals.ts';
import type { AdminStream } from './stream.ts';

/** Whatever has an input. */
type Asked = Pick<Operation | AdminStream, 'name' | 'input'>;

/** Characters of the name of an unknown field that are said again. */
const longestName = 64;

const compile = (input: Operation['input']) => Compile(input);

const checks = new Map<object, ReturnType<typeof compile>>();

/** Throws a `Refusal` that names the first field that is wrong. Checks are compiled when they are first needed: no start needs them. */
export function checkInput(asked: Asked, input: unknown): asserts input is Readonly<Record<string, unknown>> {
  const { input: schema } = asked;
  const check = checks.get(schema) ?? compile(schema);
  checks.set(schema, check);
  if (!check.Check(input)) throw misfit(asked, check.Errors(input));
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** The first thing that is wrong, in the words of the field. Never repeats the value: it may be a key. */
function misfit(operation: Asked, errors: readonly SchemaError[]): Refusal {
  const error = errors[0];
  const params = (error?.params ?? {}) as Readonly<Record<string, unknown>>;
  if (error?.keyword === 'required') {
    const [missing = ''] = params.requiredProperties as readonly string[];
    return refuse('field_missing', { field: missing }, missing);
  }
  const field = error?.instancePath.split('/')[1] ?? '';
  const properties = operation.input.properties as Readonly<Record<string, { readonly description?: string }>>;
  if (field === '') return refuse('not_json_object', { operation: operation.name });
  if (!Object.hasOwn(properties, field)) {
    const name = field.slice(0, longestName);
    return refuse('field_unknown', { operation: operation.name, field: name }, name);
  }
  return refuse('field_form', { field, form: properties[field]?.description ?? 'of another form' }, field);
}
