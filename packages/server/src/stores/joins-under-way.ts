import type { SdkAppId, UserId } from 'ringback-protocol';

/** Counts how many groups users are about to be in, until the disk shows it. */
export class JoinsUnderWay {
  readonly #counts = new Map<string, number>();

  of(app: SdkAppId, userId: UserId): number {
    return this.#counts.get(`${app}/${userId}`) ?? 0;
  }

  /** Counts `users` while `write` is under way. */
  async during(app: SdkAppId, users: readonly { readonly userId: UserId }[], write: Promise<void>): Promise<void> {
    this.#count(app, users, 1);
    try {
      await write;
    } finally {
      this.#count(app, users, -1);
    }
  }

  #count(app: SdkAppId, users: readonly { readonly userId: UserId }[], by: number): void {
    for (const { userId } of users) {
      const now = this.of(app, userId) + by;
      if (now === 0) this.#counts.delete(`${app}/${userId}`);
      else this.#counts.set(`${app}/${userId}`, now);
    }
  }
}
