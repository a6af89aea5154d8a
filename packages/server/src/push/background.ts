/** Work that nobody waits for: it is counted while it goes on, and what goes wrong is told once. */
export class Background {
  /** Tells what went wrong; `run` does so by itself, and for what is tried again, whoever tries. */
  readonly failed: (error: unknown) => void;
  #underWay = 0;

  constructor(failed: (error: unknown) => void) {
    this.failed = failed;
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
      this.failed(error);
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
}
