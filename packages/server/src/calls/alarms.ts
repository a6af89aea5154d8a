import { ChurnMap } from '../base/churn-map.ts';
import type { Timeline } from '../ports/clock.ts';

interface Alarm {
  readonly key: string;
  readonly at: number;
  readonly fire: () => void;
  /** Stands in the heap. */
  queued: boolean;
}

/**
 * ms: alarms that are due within this time stand in the heap; the others are looked through twice in it. Each device in a call has
 * one of some 15 s, so that most are far off, and a hundred thousand take a few ms to look through.
 */
const near = 4000;

/**
 * Many alarms on one timer; one alarm a key, setting it again replaces it.
 *
 * Nearly all alarms are cleared long before their time (calls are answered, devices ping). So one that is far off is
 * only an entry of a map, which leaves nothing behind when it is cleared; it enters the heap when its time is near.
 */
export class Alarms {
  readonly #clock: Timeline;
  readonly #heap: Alarm[] = [];
  readonly #current = new ChurnMap<string, Alarm>();
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(clock: Timeline) {
    this.#clock = clock;
  }

  /** Calls `fire` at `at` (ms), or as soon as possible when that has passed. */
  set(key: string, at: number, fire: () => void): void {
    if (this.#closed || this.#current.get(key)?.at === at) return;
    const alarm = { key, at, fire, queued: false };
    this.#current.set(key, alarm);
    if (at - this.#clock.now() <= near) {
      this.#push(alarm);
      this.#arm();
    } else this.#cancelSweep ??= this.#clock.timer(near / 2, () => this.#sweep());
  }

  clear(key: string): void {
    this.#current.delete(key);
  }

  get size(): number {
    return this.#current.size;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelSweep?.();
    this.#current.clear();
    this.#heap.length = 0;
  }

  /** Moves what has come near into the heap. */
  #sweep(): void {
    const now = this.#clock.now();
    for (const alarm of this.#current.values()) {
      if (!alarm.queued && alarm.at - now <= near) this.#push(alarm);
    }
    this.#arm();
    this.#cancelSweep = this.#current.size === 0 ? undefined : this.#clock.timer(near / 2, () => this.#sweep());
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || next.at >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = next.at;
    this.#cancelTimer = this.#clock.timer(Math.max(0, next.at - this.#clock.now()), () => this.#ring());
  }

  #ring(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      if (this.#current.get(next.key) !== next) continue;
      this.#current.delete(next.key);
      next.fire();
    }
    if (!this.#closed) this.#arm();
  }

  #push(alarm: Alarm): void {
    const heap = this.#heap;
    let index = heap.length;
    alarm.queued = true;
    heap.push(alarm);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up] as Alarm;
      if (parent.at <= alarm.at) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = alarm;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Alarm;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Alarm).at < (heap[child] as Alarm).at) child += 1;
      const down = heap[child] as Alarm;
      if (down.at >= last.at) break;
      heap[index] = down;
      index = child;
    }
    heap[index] = last;
  }
}
