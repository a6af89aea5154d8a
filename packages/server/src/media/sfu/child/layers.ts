/** Loss in one second above which high layers are given up, and below which they come back. */
const bad = 0.08;
const good = 0.02;

/** Seconds that count as long enough: bad ones in a row before lowering, good ones before raising by one. */
const badSeconds = 2;
const shortestWait = 8;
const longestWait = 64;

/** Packets in a second below which a share of losses says nothing. */
const fewest = 20;

/**
 * How many videos a viewer gets in the high layer, by what gets lost on the way to it: halved when much is lost, raised
 * by one after a while without loss. A raise that had to be taken back makes the next while twice as long.
 */
export class HighBudget {
  #allowed = Number.POSITIVE_INFINITY;
  #bad = 0;
  #good = 0;
  #wait = shortestWait;
  #sinceRaise = Number.POSITIVE_INFINITY;

  /** Videos in the high layer, at most. */
  get allowed(): number {
    return this.#allowed;
  }

  /** One second: packets sent and lost, and how many videos the viewer wants in high and gets at all. */
  second(sample: { readonly sent: number; readonly lost: number; readonly wanted: number }): void {
    this.#sinceRaise += 1;
    if (sample.sent < fewest) return;
    const loss = sample.lost / sample.sent;
    if (loss >= bad) {
      this.#bad += 1;
      this.#good = 0;
    } else {
      this.#bad = 0;
      this.#good = loss <= good ? this.#good + 1 : 0;
    }
    // All is had, and long without loss: the next loss is a new story.
    if (this.#allowed === Number.POSITIVE_INFINITY && this.#good >= longestWait) this.#wait = shortestWait;
    if (this.#bad >= badSeconds) this.#lower(sample.wanted);
    else if (this.#good >= this.#wait && this.#allowed < Number.POSITIVE_INFINITY) this.#raise(sample.wanted);
  }

  #lower(wanted: number): void {
    this.#bad = 0;
    const before = Math.min(this.#allowed, wanted);
    if (before === 0) return;
    this.#allowed = Math.floor(before / 2);
    if (this.#sinceRaise <= this.#wait) this.#wait = Math.min(longestWait, this.#wait * 2);
  }

  #raise(wanted: number): void {
    this.#good = 0;
    this.#sinceRaise = 0;
    this.#allowed += 1;
    if (this.#allowed >= wanted) this.#allowed = Number.POSITIVE_INFINITY;
  }
}
