import { ChurnMap } from '../base/churn-map.ts';
import type { Clock } from '../ports/clock.ts';
import type { OpenRing, PushRings, PushTarget, Ring } from '../ports/push.ts';
import { keyOf } from './ring-facts.ts';

/** ms after its deadline that a ring is in hand at most: by then it is closed, or somebody has to close it. */
const heldAfter = 60_000;

interface Held {
  readonly key: string;
  readonly deadline: number;
}

/**
 * The rings of the store, and which of this process's own it has in hand. A ring is so before the store is asked for it, and not any
 * more when the answer is lost: if the store did it all the same, the next look finds a ring that nobody looks after.
 */
export class HeldRings implements PushRings {
  readonly #rings: PushRings;
  readonly #clock: Clock;
  readonly #held = new ChurnMap<string, Held>();
  #taking: Promise<unknown> = Promise.resolve();

  constructor(rings: PushRings, clock: Clock) {
    this.#rings = rings;
    this.#clock = clock;
  }

  async claim(ring: Ring): Promise<'ours' | 'acknowledged' | 'taken'> {
    const isNew = this.#hold(ring);
    let result: Awaited<ReturnType<PushRings['claim']>> | undefined;
    try {
      result = await this.#rings.claim(ring);
      return result;
    } finally {
      if (isNew && result !== 'ours') this.release(ring);
    }
  }

  acknowledge(ring: Ring): Promise<boolean> {
    return this.#rings.acknowledge(ring);
  }

  isOpen(ring: Ring): Promise<boolean> {
    return this.#rings.isOpen(ring);
  }

  sent(ring: Ring, targets: readonly PushTarget[]): Promise<boolean> {
    return this.#rings.sent(ring, targets);
  }

  async close(ring: Ring): Promise<readonly PushTarget[] | undefined> {
    const isNew = this.#hold(ring);
    try {
      const targets = await this.#rings.close(ring);
      if (isNew && targets === undefined) this.release(ring);
      return targets;
    } catch (error) {
      this.release(ring);
      throw error;
    }
  }

  async remove(ring: Ring): Promise<void> {
    await this.#rings.remove(ring);
    this.release(ring);
  }

  /** One look after the other: what the first one takes, the second one has to find in hand. */
  takeOver(): Promise<readonly OpenRing[]> {
    const take = async (): Promise<readonly OpenRing[]> => {
      const now = this.#clock.now();
      for (const { key, deadline } of this.#held.values()) if (deadline + heldAfter < now) this.#held.delete(key);
      const left = await this.#rings.takeOver((ring) => this.#held.has(keyOf(ring)));
      for (const ring of left) this.#hold(ring);
      return left;
    };
    const taking = this.#taking.then(take, take);
    this.#taking = taking;
    return taking;
  }

  prune(before: number): Promise<void> {
    return this.#rings.prune(before);
  }

  /** What was to be done for it has failed: the next look takes it up again. */
  release(ring: Ring): void {
    this.#held.delete(keyOf(ring));
  }

  /** Whether it was not in hand before. */
  #hold(ring: Ring): boolean {
    const key = keyOf(ring);
    if (this.#held.has(key)) return false;
    this.#held.set(key, { key, deadline: ring.deadline });
    return true;
  }
}
