/** The lanes that have no place of their own any more, in a group. */
const shared = Symbol('shared');

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Runs at most so much work at once for each name; the rest waits its turn, up to a bound. A lane is there while it has work. */
export class Lanes {
  readonly #most: number;
  readonly #longest: number;
  readonly #widest: number;
  readonly #groups = new Map<string, Map<string | typeof shared, Lane>>();

  /** `most` at once and `longest` waiting for each name; `widest` names at once for each group, further ones share a lane. */
  constructor(options: { readonly most: number; readonly longest: number; readonly widest: number }) {
    this.#most = options.most;
    this.#longest = options.longest;
    this.#widest = options.widest;
  }

  /** Undefined, at once, when too much waits already. `work` hears whether it had to wait for its turn. */
  async run<T>(group: string, name: string, work: (waited: boolean) => Promise<T>): Promise<T | undefined> {
    const lanes = this.#groups.get(group) ?? new Map<string | typeof shared, Lane>();
    this.#groups.set(group, lanes);
    const own = lanes.size - (lanes.has(shared) ? 1 : 0);
    const key = lanes.has(name) || own < this.#widest ? name : shared;
    const lane = lanes.get(key) ?? { running: 0, waiting: [] };
    lanes.set(key, lane);
    const waits = lane.running >= this.#most;
    if (waits) {
      if (lane.waiting.length >= this.#longest) return undefined;
      const { waiting } = lane;
      // Whoever is done hands its place on, so nobody comes in between.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else lane.running += 1;
    try {
      return await work(waits);
    } finally {
      const next = lane.waiting.shift();
      if (next !== undefined) next();
      else {
        lane.running -= 1;
        if (lane.running === 0) lanes.delete(key);
        if (lanes.size === 0 && this.#groups.get(group) === lanes) this.#groups.delete(group);
      }
    }
  }
}
