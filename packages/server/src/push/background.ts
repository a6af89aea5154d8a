/** Work that nobody waits for: it is counted while it goes on, and what goes wrong is told once. */
export class Background {
  readonly #failed: (error: unknown) => void;
  #underWay = 0;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** What goes on at this moment, but for what waits for its time. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Never rejects. */
  async run(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    try {
      await work();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Waits within `run` for a time, or for what is counted itself. */
  async aside(wait: Promise<unknown>): Promise<void> {
    this.#underWay -= 1;
    try {
      await wait;
    } finally {
      this.#underWay += 1;
    }
  }

  /**
   * Does within `run` what may fail, until it succeeds: the first failure that is tried again is told, and once `goesOn` says no to
   * so many, the last one is thrown.
   */
  async insist<T>(
    work: () => Promise<T>,
    { pause, goesOn }: { readonly pause: () => Promise<void>; readonly goesOn: (failures: number) => boolean },
  ): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (!goesOn(failures)) throw error;
        if (failures === 1) this.#failed(error);
      }
      await this.aside(pause());
    }
  }
}
