import type { Static, TObject } from 'typebox';
import type { ConsoleRole } from '../ports/console.ts';
import type { Actor, OperationContext } from './operation.ts';

/** What a stream answers: headers, then text piece by piece until the receiver has gone or there is no more. */
export interface StreamAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: AsyncIterable<string>;
}

/** What surrounds a stream while it is open. */
export interface StreamHost {
  /** Whether whoever opened it may still do so. */
  readonly allowed: () => boolean;
  /** Aborted when the receiver has gone, or has got everything. */
  readonly signal: AbortSignal;
  readonly closing: () => boolean;
}

/** Something that an operator can read that has no end, or is too long for one answer. */
export interface AdminStream<Name extends string = string, Input extends TObject = TObject> {
  readonly name: Name;
  /** A sentence. */
  readonly doc: string;
  readonly role: ConsoleRole;
  readonly http: readonly ['GET', string];
  readonly input: Input;
  /** Content types of what it answers, with a sentence each. */
  readonly content: Readonly<Record<string, string>>;
  /** Whether opening it stands in the audit log. */
  readonly audited: boolean;
  open(
    context: OperationContext,
    input: Static<Input>,
    actor: Actor,
    host: StreamHost,
  ): StreamAnswer | Promise<StreamAnswer>;
}

/** Declares a stream, keeping the exact type of its input. */
export const adminStream = <const Name extends string, Input extends TObject>(
  declared: AdminStream<Name, Input>,
): AdminStream<Name, Input> => declared;
