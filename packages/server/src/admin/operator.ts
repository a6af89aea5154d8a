import { Refusal, type SdkAppId } from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import { type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { maskedInput } from './audit.ts';
import { operations } from './index.ts';
import type { Actor, Operation, OperationContext } from './operation.ts';

/** Whoever can open the control socket or the database owns the installation. */
export const commandLine: Actor = { who: 'cli', role: 'owner', ip: '' };

/** Runs an operation of the list by its name on input from outside. Rejects with a `Refusal`. */
export type Operator = (name: string, input: unknown, actor?: Actor) => Promise<unknown>;

const known = new Map(
  (operations as readonly unknown[] as readonly Operation[]).map((one) => [
    one.name,
    { operation: one, check: Compile(one.input) },
  ]),
);

const may = (has: ConsoleRole, needs: ConsoleRole): boolean => consoleRoles.indexOf(has) >= consoleRoles.indexOf(needs);

/**
 * Makes the operator of an installation; there must be one only. Changes come one after the other, because two that change the
 * same application must not both start from what it was before; each is in the audit log, and so is every look at a secret.
 */
export function makeOperator(context: OperationContext): Operator {
  let last: Promise<unknown> = Promise.resolve();
  return async (name, input, actor = commandLine) => {
    const found = known.get(name);
    if (found === undefined) throw new Refusal('bad_params', `There is no operation ${name}.`);
    const { operation, check } = found;
    if (!check.Check(input)) throw misfit(operation, check.Errors(input));
    const needs = typeof operation.role === 'string' ? operation.role : operation.role(input as never);
    const reads = operation.http[0] === 'GET';
    const run = async (): Promise<unknown> => {
      if (!may(actor.role, needs)) throw new Refusal('console_forbidden');
      return operation.handle(context, input, actor);
    };
    if (reads && needs !== 'owner') return run();
    const audited = (): Promise<unknown> => withAudit(context, operation, input as object, actor, run);
    if (reads || operation.beside === true) return audited();
    const done = last.then(audited);
    last = done.catch(() => {});
    return done;
  };
}

async function withAudit(
  { console, clock }: OperationContext,
  operation: Operation,
  input: object,
  { who, ip }: Actor,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { app = 0, id = 0 } = input as { readonly app?: unknown; readonly id?: unknown };
  const number = typeof app === 'number' && app !== 0 ? app : typeof id === 'number' ? id : 0;
  const entry = {
    at: clock.now(),
    who,
    ip,
    operation: operation.name,
    app: number as SdkAppId | 0,
    input: maskedInput(input),
  };
  try {
    const answer = await run();
    await console.audit({ ...entry, outcome: 'ok' });
    return answer;
  } catch (error) {
    await console.audit({ ...entry, outcome: error instanceof Refusal ? error.reason : 'internal' });
    throw error;
  }
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
