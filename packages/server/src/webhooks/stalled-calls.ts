import type { CallId } from 'ringback-protocol';
import type { CallPlace } from '../ports/outbox.ts';

/** ms between two looks at all of them. */
const pause = 250;

/** A call that waits for its time outside memory. */
interface StalledCall extends CallPlace {
  /** ms; not before this. */
  readonly notBefore: number;
}

/**
 * Calls whose next event has failed and is not due yet, when the memory of an endpoint is needed for others: of each only
 * its place on disk, and when it is due.
 */
export class StalledCalls {
  readonly #most: number;
  readonly #byCall = new Map<CallId, StalledCall>();
  /** ms; none is due before this. */
  #next = Number.POSITIVE_INFINITY;

  /** `most`: calls that it takes; a bound, as every buffer has one. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#byCall.size;
  }

  get full(): boolean {
    return this.#byCall.size >= this.#most;
  }

  /** ms; none is due before this. */
  get next(): number {
    return this.#next;
  }

  has(callId: CallId): boolean {
    return this.#byCall.has(callId);
  }

  add(call: StalledCall): void {
    this.#byCall.set(call.callId, call);
    this.#next = Math.min(this.#next, call.notBefore);
  }

  /** Everything is due. */
  release(): void {
    if (this.#byCall.size > 0) this.#next = Number.NEGATIVE_INFINITY;
    for (const call of this.#byCall.values()) this.#byCall.set(call.callId, { ...call, notBefore: 0 });
  }

  /** Takes out at most `limit` calls that are due. They are looked through some times in a second, not at each event. */
  take(now: number, limit: number): readonly CallPlace[] {
    if (limit <= 0 || now < this.#next) return [];
    const taken: CallPlace[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const call of this.#byCall.values()) {
      if (call.notBefore <= now && taken.length < limit) {
        this.#byCall.delete(call.callId);
        taken.push(call);
      } else next = Math.min(next, call.notBefore);
      if (taken.length === limit) {
        // The rest may be due, too.
        this.#next = now;
        return taken;
      }
    }
    this.#next = Math.max(next, now + pause);
    return taken;
  }

  /** Takes out the call that has waited the longest, due or not. */
  takeFirst(): CallPlace | undefined {
    const [first] = this.#byCall.values();
    if (first !== undefined) this.#byCall.delete(first.callId);
    return first;
  }
}
