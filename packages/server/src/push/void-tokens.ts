import type { SdkAppId, UserId } from 'ringback-protocol';
import type { AnswerRight } from './answer-token.ts';
import { mostTries, window } from './answer-tries.ts';

/**
 * Look-ups for void tokens within a window. Of one user there are so many as all of their devices may ask for when they are called
 * a few times; of one application as for a large call that has just ended. Beyond that, users of whom there were only a few are
 * looked up all the same, a bounded number of times: that others have used up the rest is no reason to lose an answer.
 */
const [mostOfUser, mostLooks, few, mostBeyond] = [50, 1000, 5, 1000];

/** Look-ups of one application within a window. */
interface Looks {
  /** ms. */
  readonly began: number;
  /** By token: how many there were; of those beyond the bound none is remembered. */
  readonly tokens: Map<string, number>;
  readonly users: Map<UserId, number>;
  count: number;
  beyond: number;
}

/**
 * Counts look-ups for tokens that are rightly signed, but answer nothing: whoever has a key can sign any number of
 * them, and who was called keeps theirs. An application takes memory for so many as it may ask for within a window, and no
 * longer than that.
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
  use({ app, userId }: AnswerRight, token: string, now: number): { takeBack(): void } | undefined {
    const looks = this.#looksOf(app, now);
    const ofUser = looks.users.get(userId) ?? 0;
    const ofToken = looks.tokens.get(token) ?? 0;
    if (ofToken >= mostTries || ofUser >= mostOfUser) return undefined;
    const isWithin = looks.count < mostLooks;
    if (!isWithin && (ofToken > 0 || ofUser >= few || looks.beyond >= mostBeyond)) return undefined;
    const add = (one: 1 | -1): void => {
      addTo(looks.users, userId, one);
      if (isWithin) {
        looks.count += one;
        addTo(looks.tokens, token, one);
      } else {
        looks.beyond += one;
      }
    };
    add(1);
    return { takeBack: () => add(-1) };
  }

  #looksOf(app: SdkAppId, now: number): Looks {
    if (now - this.#sweptAt >= window) {
      this.#sweptAt = now;
      for (const [one, { began }] of this.#apps) if (now - began >= window) this.#apps.delete(one);
    }
    let looks = this.#apps.get(app);
    if (looks === undefined || now - looks.began >= window) {
      looks = { began: now, tokens: new Map(), users: new Map(), count: 0, beyond: 0 };
      this.#apps.set(app, looks);
    }
    return looks;
  }
}

/** What has come to nothing takes no memory. */
function addTo<K>(counts: Map<K, number>, key: K, one: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + one;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
