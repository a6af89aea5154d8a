import { asRingbackError } from '../base/ringback-error.ts';
import { backoff } from '../signalling/backoff.ts';
import type { Desk } from './desk.ts';

/** The server was not asked. It is when the line is back. */
const unreachable: ReadonlySet<string> = new Set(['no_network', 'connection_lost']);
/** The server cannot just now, or is asked too fast. */
const busy: ReadonlySet<string> = new Set(['overloaded', 'too_fast']);

/** Whether what the server did not take for this reason can be told later. */
export const canWait = (reason: string): boolean => unreachable.has(reason) || busy.has(reason);

interface GivenUp {
  /** It only rang here, as an invitation. */
  readonly rang: boolean;
  tries: number;
  /** Gives the next attempt up. */
  stop: () => void;
  /** Settles when the attempt that is under way is through. */
  telling: Promise<void> | undefined;
}

/** Calls that were hung up while the server could not be told; until it knows, it may say that they ring, or go on. */
export class GivenUpCalls {
  readonly #desk: Desk;
  readonly #entering: () => boolean;
  readonly #calls = new Map<string, GivenUp>();

  /** `entering`: a call is being made or joined. It may be one of these, so that no attempt begins by itself meanwhile. */
  constructor(desk: Desk, entering: () => boolean) {
    this.#desk = desk;
    this.#entering = entering;
  }

  has(callId: string): boolean {
    return this.#calls.has(callId);
  }

  /** Whether it only rang here when it was given up. */
  rang(callId: string): boolean {
    return this.#calls.get(callId)?.rang === true;
  }

  /** The server did not take the end of this call, for this `reason`; `rang`: it only rang here. */
  add(callId: string, { reason, rang }: { readonly reason: string; readonly rang: boolean }): void {
    const one: GivenUp = { rang, tries: 1, stop: () => {}, telling: undefined };
    this.#calls.set(callId, one);
    // Who cannot reach the server tells it when the line is back.
    if (busy.has(reason)) this.#later(callId, one);
  }

  /** The server knows, or need not: the call is over, or was entered again. */
  forget(callId: string): void {
    this.#calls.get(callId)?.stop();
    this.#calls.delete(callId);
  }

  /** The server holds no call but this one. */
  keepOnly(callId?: string): void {
    for (const id of this.#calls.keys()) if (id !== callId) this.forget(id);
  }

  /** Tells the server now. */
  tell(callId: string): void {
    // It is told when the line is back.
    this.#told(callId).catch(() => {});
  }

  /**
   * Tells of all but `callId` now, and waits for what is under way of that one, too: the server holds one call of a user.
   * Rejects when it cannot be reached.
   */
  async settle(callId?: string): Promise<void> {
    if (this.#calls.size === 0) return;
    await Promise.all([...this.#calls].map(([id, one]) => (id === callId ? one.telling : this.#told(id))));
  }

  async #told(callId: string): Promise<void> {
    const one = this.#calls.get(callId);
    if (one === undefined) return;
    one.stop();
    // What is under way may have found the server busy that is not any more.
    await one.telling;
    if (this.#calls.get(callId) !== one) return;
    one.stop();
    one.telling ??= this.#ask(callId, one).finally(() => {
      one.telling = undefined;
    });
    await one.telling;
  }

  async #ask(callId: string, one: GivenUp): Promise<void> {
    try {
      const take = () => this.forget(callId);
      await this.#desk.connection()?.request('hangUp', { callId }, { again: true, take });
    } catch (error) {
      const { reason } = asRingbackError(error);
      if (unreachable.has(reason)) throw error;
      if (this.#calls.get(callId) !== one) return;
      one.tries += 1;
      if (busy.has(reason)) this.#later(callId, one);
      else this.forget(callId);
    }
  }

  /** The attempts stay close together: all the while the others see somebody in the call who is not. */
  #later(callId: string, one: GivenUp): void {
    const { timers } = this.#desk;
    one.stop = timers.after(backoff(one.tries, true, timers.random()), () => {
      if (this.#entering()) this.#later(callId, one);
      else this.tell(callId);
    });
  }
}
