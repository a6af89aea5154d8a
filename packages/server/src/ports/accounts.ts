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

/** What a profile holds besides name and picture, by tag. */
export type ProfileItems = Readonly<Record<string, string | number>>;

export type ItemsByUser = ReadonlyMap<UserId, ProfileItems>;

/** What is to be different about an account. What is absent stays as it is. */
export interface AccountChange {
  readonly nick?: string;
  readonly avatar?: string;
  /** Those that change; the empty text takes one away. */
  readonly items?: ProfileItems;
}

/** An account in a list. */
export interface ListedAccount extends Account {
  /** ms. */
  readonly createdAt: number;
}

/** A page of accounts, in the order of the bytes of their ids. */
export interface AccountQuery {
  /** What their ids begin with; empty = anything. */
  readonly prefix: string;
  /** The last id of the page before; empty = from the beginning. */
  readonly after: string;
  readonly limit: number;
}

/**
 * The users of the applications. What would make an account where there is no room for one more rejects with `accounts_too_many`; one
 * that was deleted has its place still.
 */
export interface Accounts {
  /** The accounts that exist among `userIds`. Answers at once when all are in memory. */
  find(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Account>> | ReadonlyMap<UserId, Account>;
  list(app: SdkAppId, asked: AccountQuery): Promise<readonly ListedAccount[]> | readonly ListedAccount[];
  /**
   * The account, made now if it does not exist; durable when the promise resolves. With the time of a signature (s), it is
   * what the store says at this moment, `revokedAt` knows it too from then on, and an account that was deleted after that
   * time stays so: what is answered then is empty.
   */
  ensure(app: SdkAppId, userId: UserId, issuedAt?: number): Promise<Account>;
  /** Changes the given members only; makes the account if it does not exist. */
  save(app: SdkAppId, userId: UserId, change: AccountChange): Promise<Account>;
  /**
   * Changes an account that exists; undefined when it does not, and nothing is made. `change` gets what the profile holds
   * besides name and picture; it may throw a `Refusal`.
   */
  change(app: SdkAppId, userId: UserId, change: (kept: ProfileItems) => AccountChange): Promise<Account | undefined>;
  /** What the profile of an account holds besides name and picture. */
  items(app: SdkAppId, userId: UserId): Promise<ProfileItems> | ProfileItems;
  /** The same of several, with one question; those of whom nothing is kept are left out. */
  itemsOf(app: SdkAppId, userIds: readonly UserId[]): Promise<ItemsByUser> | ItemsByUser;
  /**
   * Voids all UserSigs of the account up to and including the second `at`. Makes it if it has never existed, whether there is
   * room or not; one that was deleted stays so.
   */
  revoke(app: SdkAppId, userId: UserId, at: number): Promise<void>;
  /** s; 0 when never revoked. At once, from memory: every request asks. */
  revokedAt(app: SdkAppId, userId: string): number;
  /** Ends the account with its profile; its UserSigs up to and including the second `at` are void, also if it is made anew. */
  remove(app: SdkAppId, userId: UserId, at: number): Promise<void>;
}
