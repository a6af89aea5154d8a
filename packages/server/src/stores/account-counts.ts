import { Refusal, type SdkAppId } from 'ringback-protocol';

/**
 * How many accounts each application has, and whether there is room for one more. One that was deleted counts: its row stays, and
 * so does its place among the revocations, which each node has in memory. Without a bound, whoever holds the key of one
 * application could fill the memory of every node for good.
 */
export class AccountCounts {
  readonly #most: number;
  readonly #counts = new Map<SdkAppId, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** So many were counted: never fewer than are known, since none goes. */
  counted(app: SdkAppId, count: number): void {
    this.#counts.set(app, Math.max(count, this.#of(app)));
  }

  /** One more is there. */
  add(app: SdkAppId): void {
    this.#counts.set(app, this.#of(app) + 1);
  }

  /** For how many there is room. */
  left(app: SdkAppId): number {
    return Math.max(0, this.#most - this.#of(app));
  }

  /** What whoever is one too many is told. */
  refusal(app: SdkAppId): Refusal {
    const detail = `The application has ${this.#of(app)} accounts, deleted ones included: no more can be made (limits.accounts).`;
    return new Refusal('accounts_too_many', detail);
  }

  #of(app: SdkAppId): number {
    return this.#counts.get(app) ?? 0;
  }
}
