import type { SdkAppId } from 'ringback-protocol';
import { mostTries, window } from './answer-tries.ts';

/** Look-ups for void tokens of one application within a window: so many as all devices of a large call may ask for that has just ended. */
const mostLooks = 1000;

/** Look-ups of one application within a window. */
interface Looks {
  /** ms. */
  readonly began: number;
  /** By token: how many there were. */
  readonly tokens: Map<string, number>;
  count: number;
}

/**
 * Counts look-ups for tokens that are rightly signed, but answer nothing: whoever has a key can sign any number of
 * them. An application takes memory for so many as it may ask for within a window, and no longer than that.
 */
export class VoidTokens {
  readonly #apps = new Map<SdkAppId, Looks>();
  #sweptAt = 0;

  /** Tokens that are remembered. */
  get size(): number {
    let size = 0;
    for (const { tokens } of this.#apps.values()) size += tokens.size;
    return size;
  }

  /** One look-up more, at `now` (ms), that counts unless it is taken back; undefined when these are too many. */
  use(app: SdkAppId, token: string, now: number): { takeBack(): void } | undefined {
    const looks = this.#looksOf(app, now);
    const count = looks.tokens.get(token) ?? 0;
    if (count >= mostTries || looks.count >= mostLooks) return undefined;
    looks.count += 1;
    looks.tokens.set(token, count + 1);
    const takeBack = (): void => {
      looks.count -= 1;
      const left = (looks.tokens.get(token) ?? 1) - 1;
      if (left > 0) looks.tokens.set(token, left);
      else looks.tokens.delete(token);
    };
    return { takeBack };
  }

  #looksOf(app: SdkAppId, now: number): Looks {
    if (now - this.#sweptAt >= window) {
      this.#sweptAt = now;
      for (const [one, { began }] of this.#apps) if (now - began >= window) this.#apps.delete(one);
    }
    let looks = this.#apps.get(app);
    if (looks === undefined || now - looks.began >= window) {
      looks = { began: now, tokens: new Map(), count: 0 };
      this.#apps.set(app, looks);
    }
    return looks;
  }
}
