/** The lanes of those who find no place of their own any more, in each group: one that is slow holds few others up. */
const shared = Array.from({ length: 16 }, (_, n) => Symbol(`shared ${n}`));

/** Always the same for one name. */
function sharedLaneOf(name: string): symbol {
  let hash = 0;
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) | 0;
  return shared[(hash >>> 0) % shared.length] as symbol;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Runs at most so much work at once for each name; the rest waits its turn, up to a bound. A lane is there while it has work. */
export class Lanes {
  readonly #most: number;
  readonly #longest: number;
  readonly #widest: number;
  readonly #groups = new Map<string, Map<string | symbol, Lane>>();

  /** `most` at once and `longest` waiting for each name; `widest` names at once for each group, further ones share a few lanes. */
  constructor(options: { readonly most: number; readonly longest: number; readonly widest: number }) {
    this.#most = options.most;
    this.#longest = options.longest;
    this.#widest = options.widest;
  }

  /** Undefined, at once, when too much waits already. `work` hears whether it had to wait for its turn. */
  async run<T>(group: string, name: string, work: (waited: boolean) => Promise<T>): Promise<T | undefined> {
    const lanes = this.#groups.get(group) ?? new Map<string | symbol, Lane>();
    this.#groups.set(group, lanes);
    let own = lanes.size;
    for (const key of shared) if (lanes.has(key)) own -= 1;
    const key = lanes.has(name) || own < this.#widest ? name : sharedLaneOf(name);
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
