import type { Refusal } from 'ringback-protocol';
import { FirstMisfit, type Misfit } from '../base/first-misfit.ts';
import type { Operation } from './operation.ts';
import { refuse } from './refusals.ts';
import type { AdminStream } from './stream.ts';

/** Whatever has an input. */
type Asked = Pick<Operation | AdminStream, 'name' | 'input'>;

/** Characters of the name of an unknown field that are said again. */
const longestName = 64;

const checks = new Map<object, FirstMisfit>();

/** Throws a `Refusal` that names the first field that is wrong. Checks are compiled when they are first needed: no start needs them. */
export function checkInput(asked: Asked, input: unknown): asserts input is Readonly<Record<string, unknown>> {
  const { input: schema } = asked;
  const check = checks.get(schema) ?? new FirstMisfit(schema);
  checks.set(schema, check);
  const misfit = check.find(input);
  if (misfit !== undefined) throw refusal(asked, misfit);
}

/** In the words of the field. Never repeats the value: it may be a key. */
function refusal(operation: Asked, misfit: Misfit): Refusal {
  const params = misfit.params as Readonly<Record<string, unknown>>;
  if (misfit.keyword === 'required') {
    const [missing = ''] = params.requiredProperties as readonly string[];
    return refuse('field_missing', { field: missing }, missing);
  }
  const field = misfit.instancePath.split('/')[1] ?? '';
  const properties = operation.input.properties as Readonly<Record<string, { readonly description?: string }>>;
  if (field === '') return refuse('not_json_object', { operation: operation.name });
  if (!Object.hasOwn(properties, field)) {
    const name = field.slice(0, longestName);
    return refuse('field_unknown', { operation: operation.name, field: name }, name);
  }
  return refuse('field_form', { field, form: properties[field]?.description ?? 'of another form' }, field);
}
