import { Refusal } from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import { operations } from './index.ts';
import type { Operation, OperationContext } from './operation.ts';

/** Runs an operation of the list by its name on input from outside. Rejects with a `Refusal`. */
export type Operator = (name: string, input: unknown) => Promise<unknown>;

const known = new Map(
  (operations as readonly unknown[] as readonly Operation[]).map((one) => [
    one.name,
    { operation: one, check: Compile(one.input) },
  ]),
);

/**
 * Makes the operator of an installation. Operations that change something run one after the other: two that change the
 * same application must not both start from what it was before.
 */
export function makeOperator(context: OperationContext): Operator {
  let last: Promise<unknown> = Promise.resolve();
  return (name, input) => {
    const run = async (): Promise<unknown> => {
      const found = known.get(name);
      if (found === undefined) throw new Refusal('bad_params', `There is no operation ${name}.`);
      const { operation, check } = found;
      if (!check.Check(input)) throw misfit(operation, check.Errors(input));
      return operation.handle(context, input);
    };
    if (known.get(name)?.operation.beside === true) return run();
    const done = last.then(run);
    last = done.catch(() => {});
    return done;
  };
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** The first thing that is wrong, in the words of the field. Never repeats the value: it may be a key. */
function misfit(operation: Operation, errors: readonly SchemaError[]): Refusal {
  const error = errors[0];
  const params = (error?.params ?? {}) as Readonly<Record<string, unknown>>;
  if (error?.keyword === 'required') {
    const [missing = ''] = params.requiredProperties as readonly string[];
    return new Refusal('bad_params', `${missing} is missing.`, missing);
  }
  const field = error?.instancePath.split('/')[1] ?? '';
  const properties = operation.input.properties as Readonly<Record<string, { readonly description?: string }>>;
  if (field === '') return new Refusal('bad_params', `${operation.name} takes a JSON object.`);
  if (!Object.hasOwn(properties, field)) {
    return new Refusal('bad_params', `${operation.name} does not take ${field}.`, field);
  }
  return new Refusal('bad_params', `${field} must be ${properties[field]?.description ?? 'of another form'}.`, field);
}
