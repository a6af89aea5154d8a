import { LRUCache } from 'lru-cache';

/** Wrong signatures within the window before a further one is told to wait. */
const allowed = 10;
/** ms. */
const window = 60_000;

/** Counts wrong signatures by identifier and address, over a sliding minute, in bounded memory. */
export class Failures {
  readonly #recent: LRUCache<string, number[]>;

  constructor(max = 10_000) {
    this.#recent = new LRUCache({ max });
  }

  /** Notes a wrong signature; true when there were ten or more before it within the last minute. `now` in ms. */
  failed(sdkAppId: number, identifier: string, ip: string, now: number): boolean {
    const key = `${sdkAppId}/${identifier}/${ip}`;
    const recent = (this.#recent.get(key) ?? []).filter((at) => at > now - window);
    const tooMany = recent.length >= allowed;
    // The last ten are all that matters.
    // And a copy of the key: what was cut out of a URL keeps the whole URL in memory.
    this.#recent.set(Buffer.from(key).toString(), [...recent.slice(1 - allowed), now]);
    return tooMany;
  }
}
