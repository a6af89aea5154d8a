/** ms that the rest still gets, each part of it, once the time is over. */
const lastChance = 200;

/** What was opened, closed in reverse. */
export class Closers {
  readonly #closers: { readonly what: string; readonly close: () => unknown }[] = [];

  /** `what`: a word or two for the log. */
  add(what: string, close: () => unknown): void {
    this.#closers.push({ what, close });
  }

  /**
   * `within` (ms): what has not closed by then is left to the end of the process, since what it waits for may never come; the
   * rest is closed all the same. Without it, everything is waited for. Resolves with what was left.
   */
  async close(within?: number): Promise<readonly string[]> {
    const begun = performance.now();
    const left: string[] = [];
    for (let one = this.#closers.pop(); one !== undefined; one = this.#closers.pop()) {
      const { what, close } = one;
      const closing = Promise.resolve(close());
      if (within === undefined) {
        await closing;
        continue;
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), Math.max(lastChance, within - (performance.now() - begun)));
      });
      try {
        if ((await Promise.race([closing, late])) === 'late') {
          left.push(what);
          // Nobody hears any more how it ends.
          closing.catch(() => {});
        }
      } finally {
        clearTimeout(timer);
      }
    }
    return left;
  }
}
