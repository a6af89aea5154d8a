import { localErrors } from '../base/ringback-error.ts';
import { TUICallEngineError } from './engine-error.ts';

/** One request of a kind at a time: a second one is refused while the first is under way. */
export class MethodLocks {
  readonly #busy = new Map<string, Promise<unknown>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(name)) {
      throw new TUICallEngineError(localErrors.repeated.code, `${name}: ${localErrors.repeated.text}`, name);
    }
    const done = work();
    this.#busy.set(name, done);
    try {
      return await done;
    } finally {
      if (this.#busy.get(name) === done) this.#busy.delete(name);
    }
  }

  /** Whether that request is under way. */
  isBusy(name: string): boolean {
    return this.#busy.has(name);
  }

  /** Resolves when that request, if it is under way, is over, however it went. */
  async settled(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#busy.get(name)?.catch(() => {});
  }

  /** Lets those requests be made again, whatever becomes of the ones under way. */
  clear(...names: readonly string[]): void {
    for (const name of names) this.#busy.delete(name);
  }
}
