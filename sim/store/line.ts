import { Refusal } from 'ringback-protocol';
import type { SimProcess } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';

/** ms; the longest that a question to a database out of reach hangs. */
const longestWait = 3000;

const outOfReach = (): Refusal => new Refusal('internal', 'The database is out of reach.');

/**
 * The way of a process to its database: it takes time, may be cut, and the process may die before or after anything is done
 * there. An answer that is lost on the way leaves it open whether it was done.
 */
export class DatabaseLine {
  readonly #scheduler: Scheduler;
  readonly #process: SimProcess;
  readonly #random: Random;
  #cut = false;
  #strike: { left: number; readonly after: boolean; readonly kill: () => void } | undefined;

  constructor(scheduler: Scheduler, process: SimProcess, random: Random) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#random = random;
  }

  get isCut(): boolean {
    return this.#cut;
  }

  cut(is: boolean): void {
    this.#cut = is;
  }

  /** The process dies at the `nth` thing that is done for it from now on: before it is, or right after. */
  strike(nth: number, after: boolean, kill: () => void): void {
    this.#strike = { left: nth, after, kill };
  }

  /** Has something done in the database. Rejects when it is out of reach, or the answer was lost. */
  ask<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const lost = (wait: number): void => void this.#process.after(wait, () => reject(outOfReach()));
      if (this.#cut) {
        lost(this.#random.chance(0.5) ? 5 : this.#random.between(100, longestWait));
        return;
      }
      // Once it was sent, it gets there, whatever becomes of the sender.
      this.#scheduler.after(this.#latency(), () => {
        if (this.#cut) {
          lost(this.#random.between(1, longestWait));
          return;
        }
        if (this.#strikes(false)) return;
        const result = work();
        if (this.#strikes(true)) return;
        this.#process.after(this.#latency(), () => {
          if (this.#cut) lost(this.#random.between(1, longestWait));
          else resolve(result);
        });
      });
    });
  }

  #latency(): number {
    const { next } = { next: this.#random.next() };
    return next < 0.97 ? 0.2 + next : 5 + (next - 0.97) * 1500;
  }

  #strikes(after: boolean): boolean {
    const strike = this.#strike;
    if (strike === undefined || !this.#process.alive || strike.after !== after) return false;
    strike.left -= 1;
    if (strike.left > 0) return false;
    this.#strike = undefined;
    strike.kill();
    return true;
  }
}
