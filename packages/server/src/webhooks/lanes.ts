import type { CallId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { PendingEvent } from '../ports/outbox.ts';
import { addInOrder, type Lane } from './lane.ts';

/** The lanes of one endpoint in memory: each is ready, waits for its time, or has an attempt under way. */
export class Lanes {
  #lastNumber = 0;
  readonly #byCall = new ChurnMap<CallId, Lane>();
  /** In the order in which they got ready. */
  readonly #ready = new ChurnMap<number, Lane>();
  readonly #waiting = new ChurnMap<number, Lane>();

  get size(): number {
    return this.#byCall.size;
  }

  /** How many can go on. */
  get ready(): number {
    return this.#ready.size;
  }

  /** Those that wait for their time. */
  get waiting(): Iterable<Lane> {
    return this.#waiting.values();
  }

  get(callId: CallId): Lane | undefined {
    return this.#byCall.get(callId);
  }

  /** Puts an event into the lane of its call. */
  put(event: PendingEvent): void {
    let lane = this.#byCall.get(event.callId);
    if (lane === undefined) {
      this.#lastNumber += 1;
      lane = { number: this.#lastNumber, callId: event.callId, events: [], notBefore: 0, busy: false, back: false };
      this.#byCall.set(event.callId, lane);
    }
    addInOrder(lane, event);
    if (!lane.busy && lane.notBefore === 0) this.#ready.set(lane.number, lane);
  }

  /** Takes the lane that got ready first, to be tried. */
  takeReady(): Lane | undefined {
    const [first] = this.#ready.values();
    if (first !== undefined) this.#ready.delete(first.number);
    return first;
  }

  /** Takes the lane with the least of something, to be tried: one that is ready, or with `early` one that waits. */
  takeBest(measure: (lane: Lane) => number, early: boolean): Lane | undefined {
    let best: Lane | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const lanes of early ? [this.#ready, this.#waiting] : [this.#ready]) {
      for (const lane of lanes.values()) {
        const measured = measure(lane);
        if (measured < least) [best, least] = [lane, measured];
        if (least === 0) break;
      }
    }
    if (best !== undefined && !this.#ready.delete(best.number)) this.#waiting.delete(best.number);
    return best;
  }

  /** The first event of a lane is done with. */
  goOn(lane: Lane): void {
    if (lane.events.length > 0) this.#ready.set(lane.number, lane);
    else this.#byCall.delete(lane.callId);
  }

  /** A lane must wait until a time (ms). */
  wait(lane: Lane, notBefore: number): void {
    lane.notBefore = notBefore;
    this.#ready.delete(lane.number);
    this.#waiting.set(lane.number, lane);
  }

  /** Those whose time has come are ready. */
  wake(now: number): void {
    for (const lane of this.#waiting.values()) {
      if (lane.notBefore > now) continue;
      this.#waiting.delete(lane.number);
      this.#ready.set(lane.number, lane);
    }
  }

  /** Everything that waits is ready. */
  release(): void {
    for (const lane of this.#waiting.values()) {
      lane.notBefore = 0;
      this.#ready.set(lane.number, lane);
    }
    this.#waiting.clear();
  }

  /** Those that are ready, and of which this is true, wait from now on. */
  yieldThose(which: (lane: Lane) => boolean, now: number): void {
    for (const lane of this.#ready.values()) if (which(lane)) this.wait(lane, now);
  }

  /** Forgets a lane that waits. */
  drop(lane: Lane): void {
    this.#waiting.delete(lane.number);
    this.#byCall.delete(lane.callId);
  }

  /** ms; when the first of those that wait is due. */
  get nextDue(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const { notBefore } of this.#waiting.values()) at = Math.min(at, notBefore);
    return at;
  }
}
