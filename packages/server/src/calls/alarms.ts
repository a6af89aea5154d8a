import type { Clock } from '../ports/clock.ts';

interface Alarm {
  readonly key: string;
  readonly at: number;
  readonly fire: () => void;
}

/**
 * Many alarms on one timer: a binary heap by time. One alarm a key; setting it again replaces it.
 * Replaced and cancelled alarms stay in the heap until their time comes, which keeps both operations cheap.
 */
export class Alarms {
  readonly #clock: Clock;
  readonly #heap: Alarm[] = [];
  readonly #current = new Map<string, Alarm>();
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` at `at` (ms), or as soon as possible when that has passed. */
  set(key: string, at: number, fire: () => void): void {
    if (this.#closed || this.#current.get(key)?.at === at) return;
    const alarm = { key, at, fire };
    this.#current.set(key, alarm);
    this.#push(alarm);
    this.#arm();
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
    this.#current.clear();
    this.#heap.length = 0;
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
