import { drain } from './drain.ts';

interface Happening {
  readonly at: number;
  readonly nth: number;
  /** Undefined once it was called off. */
  work: (() => void) | undefined;
}

/** ms since 1970 at which every simulation begins. */
export const beginning = 1_800_000_000_000;

/** Happenings between two turns of the real event loop. */
const inOneTurn = 20_000;

/**
 * The time of the simulation, and all that is to happen in it, one thing after the other. Nothing else makes anything happen:
 * after each step all promises are followed to where they wait for the next one.
 */
export class Scheduler {
  readonly #heap: Happening[] = [];
  #count = 0;
  /** ms that things happened in. */
  elapsed = 0;
  #skipped = 0;
  /** Things that happened. */
  steps = 0;

  /** ms since 1970: the one true time, which is that of the database. */
  get now(): number {
    return beginning + this.elapsed + this.#skipped;
  }

  /** ms of it that were passed over. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Lets time go by in which nothing happens: what is to come keeps its distance. */
  skip(ms: number): void {
    this.#skipped += ms;
  }

  /** Does something after `ms`; what is answered calls it off. */
  after(ms: number, work: () => void): () => void {
    this.#count += 1;
    const happening: Happening = { at: this.elapsed + ms, nth: this.#count, work };
    this.#push(happening);
    return () => {
      happening.work = undefined;
    };
  }

  /** Goes on until `done`, or until nothing more is to happen. Rejects with what a step throws. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          for (let n = drain === undefined ? inOneTurn - 1 : 0; n < inOneTurn; n += 1) {
            if (done() || !this.#step()) {
              resolve();
              return;
            }
            drain?.();
          }
        } catch (error) {
          reject(error);
          return;
        }
        setImmediate(turn);
      };
      setImmediate(turn);
    });
  }

  #step(): boolean {
    for (;;) {
      const next = this.#pop();
      if (next === undefined) return false;
      const { work } = next;
      if (work === undefined) continue;
      this.elapsed = next.at;
      this.steps += 1;
      work();
      return true;
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(happening);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up] as Happening;
      if (comesBefore(parent, happening)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = happening;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && comesBefore(right, heap[child] as Happening)) child += 1;
      const down = heap[child] as Happening;
      if (comesBefore(last, down)) break;
      heap[index] = down;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const comesBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.nth < b.nth);
