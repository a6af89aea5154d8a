/** Packets that are waited for at most; a longer hole is given up at once. */
const longestGap = 300;

/** Packets that are waited for at most, in all holes. */
const mostMissing = 600;

/** ms between two requests for the same packet, and how often one is asked for. */
const patience = 50;
const tries = 10;

interface Missing {
  askedAt: number;
  asked: number;
}

/** Which packets of a source have not arrived, and which of them to ask for now. Numbers are extended ones. */
export class Gaps {
  readonly #missing = new Map<number, Missing>();

  /** How many are missing. */
  get size(): number {
    return this.#missing.size;
  }

  /** A packet arrived that leaves out all numbers between. False when that is too much to ask for: a keyframe helps. */
  skipped(after: number, before: number): boolean {
    if (before - after - 1 > longestGap || this.#missing.size + before - after > mostMissing) {
      this.#missing.clear();
      return false;
    }
    for (let number = after + 1; number < before; number += 1) {
      this.#missing.set(number, { askedAt: Number.NEGATIVE_INFINITY, asked: 0 });
    }
    return true;
  }

  /** A late packet arrived. */
  arrived(number: number): void {
    this.#missing.delete(number);
  }

  /** The numbers to ask for at `now` (ms), ascending, and how many were given up. */
  due(now: number): { readonly ask: readonly number[]; readonly givenUp: number } {
    const ask: number[] = [];
    let givenUp = 0;
    for (const [number, missing] of this.#missing) {
      if (now - missing.askedAt < patience) continue;
      if (missing.asked >= tries) {
        this.#missing.delete(number);
        givenUp += 1;
        continue;
      }
      missing.askedAt = now;
      missing.asked += 1;
      ask.push(number);
    }
    return { ask: ask.sort((a, b) => a - b), givenUp };
  }
}
