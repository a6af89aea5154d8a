import type { SdkAppId } from 'ringback-protocol';

/**
 * Every account that was ever kicked or deleted, and up to when its signatures are void (s). Asked by each request, and once a
 * second for each socket, so it is by application first: a key made of two ids costs more than two look-ups.
 */
export class Revocations {
  readonly #byApp = new Map<SdkAppId, Map<string, number>>();

  /** s; 0 when there was none. */
  at(app: SdkAppId, userId: string): number {
    return this.#byApp.get(app)?.get(userId) ?? 0;
  }

  /** Notes one, which never takes back a later one; says which counts now. */
  note(app: SdkAppId, userId: string, at: number): number {
    let users = this.#byApp.get(app);
    if (users === undefined) {
      users = new Map();
      this.#byApp.set(app, users);
    }
    const latest = Math.max(users.get(userId) ?? 0, at);
    users.set(userId, latest);
    return latest;
  }
}
