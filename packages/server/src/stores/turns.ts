import { ChurnMap } from '../base/churn-map.ts';

/** Lets those who would change the same thing do so one after the other. */
export class Turns {
  readonly #last = new ChurnMap<string, Promise<unknown>>();

  /** Runs `work` when everything that was given for the same key before is done. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const done = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, done);
    const over = (): void => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(over, over);
    return done;
  }
}
