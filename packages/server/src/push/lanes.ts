/** Runs at most so much work at once for each name; the rest waits its turn, up to a bound. */
export class Lanes {
  readonly #most: number;
  readonly #longest: number;
  readonly #lanes = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  /** `most` at once, `longest` waiting, for each name. */
  constructor(most: number, longest: number) {
    this.#most = most;
    this.#longest = longest;
  }

  /** Undefined, at once, when too much waits already. `work` hears whether it had to wait for its turn. */
  async run<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T | undefined> {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { running: 0, waiting: [] };
      this.#lanes.set(name, lane);
    }
    const waits = lane.running >= this.#most;
    if (waits) {
      if (lane.waiting.length >= this.#longest) return undefined;
      const { waiting } = lane;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    lane.running += 1;
    try {
      return await work(waits);
    } finally {
      lane.running -= 1;
      const next = lane.waiting.shift();
      if (next !== undefined) next();
      else if (lane.running === 0) this.#lanes.delete(name);
    }
  }
}
