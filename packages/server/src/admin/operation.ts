import type { Static, TObject } from 'typebox';
import type { Calls } from '../calls/calls.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { PendingEvents } from '../ports/outbox.ts';
import type { CallStore } from '../ports/store.ts';
import type { Dispatcher } from '../webhooks/dispatcher.ts';

/** What a running server says of itself. */
export interface ServerFacts {
  readonly dev: boolean;
  /** ms. */
  readonly startedAt: number;
  /** URLs such as `http://127.0.0.1:8080`; a port that is off is missing. */
  readonly addresses: { readonly http?: string; readonly https?: string; readonly ops?: string };
  /** The certificate chain in use, PEM, which its files may be no more; empty without HTTPS. */
  readonly certificate: string;
}

/** What operations work on. `calls`, `webhooks` and `server` are there in a running server only. */
export interface OperationContext {
  readonly apps: Apps;
  readonly accounts: Accounts;
  readonly store: CallStore;
  readonly endpoints: Endpoints;
  readonly pending: PendingEvents;
  /** Why webhooks may not go to a URL, in words that follow its name. */
  readonly webhookProblem: (url: string) => string | undefined;
  readonly clock: Clock;
  readonly calls?: Calls;
  readonly webhooks?: Pick<Dispatcher, 'catchUp' | 'waiting' | 'test' | 'outgoing' | 'committed'>;
  readonly server?: ServerFacts;
}

/** One thing that an operator can do. Its answer is JSON; what it refuses it throws as a `Refusal` with a sentence. */
export interface Operation<Name extends string = string, Input extends TObject = TObject, Answer = unknown> {
  readonly name: Name;
  /** A sentence. */
  readonly doc: string;
  readonly input: Input;
  /** It changes nothing that another could, and need not wait for those before it, however long they take. */
  readonly beside?: true;
  handle(context: OperationContext, input: Static<Input>): Answer | Promise<Answer>;
}

/** Declares an operation, keeping the exact types of its name, input and answer. */
export const operation = <const Name extends string, Input extends TObject, Answer>(
  declared: Operation<Name, Input, Answer>,
): Operation<Name, Input, Answer> => declared;
