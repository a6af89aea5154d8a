import { Refusal, type SdkAppId } from 'ringback-protocol';
import { type AuditEntry, begun, type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { maskedInput } from './audit.ts';
import { checkInput } from './check-input.ts';
import { operations, streams } from './index.ts';
import { type Actor, commandLine, type Operation, type OperationContext } from './operation.ts';
import { refusalBudget } from './refusal-budget.ts';
import { refuse } from './refusals.ts';
import type { StreamAnswer, StreamHost } from './stream.ts';

/**
 * Runs an operation of the list by its name on input from outside. Rejects with a `Refusal`. `gone`: nobody waits for the answer
 * any more.
 */
export type Operator = (name: string, input: unknown, actor?: Actor, gone?: () => boolean) => Promise<unknown>;

/** Opens a stream of the list by its name on input from outside. Rejects with a `Refusal`. */
export type StreamOpener = (name: string, input: unknown, actor: Actor, host: StreamHost) => Promise<StreamAnswer>;

type Audited = Pick<Operation, 'name' | 'about'>;

const known = new Map((operations as readonly unknown[] as readonly Operation[]).map((one) => [one.name, one]));

const knownStreams = new Map(streams.map((one) => [one.name, one]));

/**
 * Who asks, with the rights of now: those of the arrival may have been taken away while the change waited for its turn. Throws
 * `console_session` for whoever would not be let in any more, `console_forbidden` for whoever may not do it.
 */
function entitled(actor: Actor, needs: ConsoleRole): Actor {
  const role = actor.roleNow === undefined ? actor.role : actor.roleNow();
  if (role === undefined) throw new Refusal('console_session');
  if (consoleRoles.indexOf(role) < consoleRoles.indexOf(needs)) throw new Refusal('console_forbidden');
  return role === actor.role ? actor : { ...actor, role };
}

/**
 * Makes the operator of an installation; there must be one only. Changes come one after the other, because two that change the
 * same application must not both start from what it was before; each is in the audit log, and so is every look at a secret.
 */
export function makeOperator(context: OperationContext): Operator {
  const lanes = new Map<string, Promise<unknown>>();
  const turnAway = makeTurnAway(context);
  return async (name, input, actor = commandLine, gone = () => false) => {
    const operation = known.get(name);
    if (operation === undefined) throw refuse('operation_unknown', { operation: name });
    checkInput(operation, input);
    const needs = typeof operation.role === 'string' ? operation.role : operation.role(input as never);
    const reads = operation.http[0] === 'GET';
    const run = async (): Promise<unknown> => operation.handle(context, input, entitled(actor, needs));
    if (reads && needs !== 'owner') return run();
    // Before its turn, too: whoever may not do it waits for nobody, and stands in nobody's way.
    try {
      entitled(actor, needs);
    } catch (refusal) {
      return turnAway(operation, input as object, actor, refusal);
    }
    const audited = (): Promise<unknown> => withAudit(context, operation, input as object, actor, run);
    if (reads || operation.beside === true) return audited();
    const lane = operation.lane ?? '';
    const done = (lanes.get(lane) ?? Promise.resolve()).then(() => {
      // Who was told that the server does not answer asks again, and must not have it done twice.
      if (gone()) throw new Refusal('overloaded', 'Whoever asked for it has gone.');
      return audited();
    });
    lanes.set(
      lane,
      done.catch(() => {}),
    );
    return done;
  };
}

/** Makes the opener of streams. Those that are written down are so before the first word is sent. */
export function makeStreamOpener(context: OperationContext): StreamOpener {
  const turnAway = makeTurnAway(context);
  return async (name, input, actor, host) => {
    const stream = knownStreams.get(name);
    if (stream === undefined) throw refuse('operation_unknown', { operation: name });
    checkInput(stream, input);
    const run = async (): Promise<StreamAnswer> =>
      stream.open(context, input as never, entitled(actor, stream.role), host);
    if (!stream.audited) return run();
    try {
      entitled(actor, stream.role);
    } catch (refusal) {
      return turnAway(stream, input as object, actor, refusal);
    }
    return withAudit(context, stream, input as object, actor, run);
  };
}

/** Makes what refuses those who may not do it, and writes some of them down. */
function makeTurnAway(context: OperationContext) {
  const mayWrite = refusalBudget(context.clock);
  return async (operation: Audited, input: object, actor: Actor, refusal: unknown): Promise<never> => {
    if (mayWrite()) {
      await context.console.audit({
        ...(await entryOf(context, operation, input, actor)),
        outcome: outcomeOf(refusal),
      });
    }
    throw refusal;
  };
}

/** Written down before it is done: a crash in between leaves an entry of something begun, never a change that no entry tells of. */
async function withAudit<Answer>(
  context: OperationContext,
  operation: Audited,
  input: object,
  actor: Actor,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const { console } = context;
  const place = await console.audit({ ...(await entryOf(context, operation, input, actor)), outcome: begun });
  // The change is done or refused by now. Where only this cannot be written, the entry goes on to say that it was begun.
  const end = (outcome: string): Promise<void> => console.auditEnd(place, outcome).catch(() => {});
  try {
    const answer = await run();
    await end('ok');
    return answer;
  } catch (error) {
    await end(outcomeOf(error));
    throw error;
  }
}

const outcomeOf = (error: unknown): string => (error instanceof Refusal ? error.reason : 'internal');

async function entryOf(
  context: OperationContext,
  operation: Audited,
  input: object,
  { who, ip }: Actor,
): Promise<Omit<AuditEntry, 'outcome'>> {
  const { app = 0, id = 0 } = input as { readonly app?: unknown; readonly id?: unknown };
  const number = typeof app === 'number' && app !== 0 ? app : typeof id === 'number' ? id : 0;
  return {
    at: context.clock.now(),
    who,
    ip,
    operation: operation.name,
    app: operation.about === undefined ? (number as SdkAppId | 0) : await operation.about(context, input as never),
    input: maskedInput(input),
  };
}
