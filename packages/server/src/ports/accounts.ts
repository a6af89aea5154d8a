import type { SdkAppId, UserId } from 'ringback-protocol';

/** A user of an application. */
export interface Account {
  readonly userId: UserId;
  /** Empty when none was set. */
  readonly nick: string;
  readonly avatar: string;
  /** s; UserSigs whose `TLS.time` is not later are void. 0 = never kicked. */
  readonly revokedAt: number;
}

/** The users of the applications. */
export interface Accounts {
  /** The accounts that exist among `userIds`. Answers at once when all are in memory. */
  find(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> | ReadonlyMap<UserId, Account>;
  /** The account, made now if it does not exist; durable when the promise resolves. */
  ensure(app: SdkAppId, userId: UserId): Promise<Account>;
  /** Changes the given members only; makes the account if it does not exist. */
  save(app: SdkAppId, userId: UserId, change: { readonly nick?: string; readonly avatar?: string }): Promise<Account>;
  /** Voids all UserSigs of the account up to and including the second `at`. */
  revoke(app: SdkAppId, userId: UserId, at: number): Promise<void>;
  /** s; 0 when never revoked. At once, from memory: every request asks. */
  revokedAt(app: SdkAppId, userId: string): number;
}
