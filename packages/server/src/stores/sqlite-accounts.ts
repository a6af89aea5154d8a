import type { Database, Statement } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { SdkAppId, UserId } from 'ringback-protocol';
import type {
  Account,
  AccountChange,
  AccountQuery,
  Accounts,
  ItemsByUser,
  ListedAccount,
  ProfileItems,
} from '../ports/accounts.ts';
import type { Clock } from '../ports/clock.ts';
import { AccountCounts } from './account-counts.ts';
import { Revocations } from './revocations.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';

/** Accounts kept in memory at most. */
const cached = 100_000;

interface AccountRow {
  readonly user_id: UserId;
  readonly nick: string;
  readonly avatar: string;
  readonly revoked_at_s: number;
}

const keyOf = (app: SdkAppId, userId: string): string => `${app}/${userId}`;

/** The accounts: read through a bounded cache, so that calls between users who are around cost no query. */
export class SqliteAccounts implements Accounts {
  readonly #writer: SqliteWriter;
  readonly #clock: Clock;
  readonly #select: Statement;
  readonly #selectItems: Statement;
  readonly #list: Statement;
  /** Bounded by a sum of ones: a bound of the number itself takes all the memory at once, at each start. */
  readonly #cache = new LRUCache<string, Account>({ maxSize: cached, sizeCalculation: () => 1 });
  /** Changes of one account, one after the other. */
  readonly #turns = new Turns();
  /** Accounts whose end is on its way to the disk. Nobody finds them any more. */
  readonly #ending = new Set<string>();
  readonly #revoked = new Revocations();
  readonly #counts: AccountCounts;

  /** `maxAccounts`: of each application, deleted ones included. */
  constructor(options: {
    readonly writer: SqliteWriter;
    readonly reader: Database;
    readonly clock: Clock;
    readonly maxAccounts: number;
  }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#select = options.reader.prepare(
      'SELECT user_id, nick, avatar, revoked_at_s FROM accounts WHERE app = ? AND user_id = ? AND deleted_at = 0',
    );
    // Ids are printable ASCII: whatever begins with the prefix comes before the prefix and a byte that none has.
    this.#list = options.reader.prepare(
      `SELECT user_id, nick, avatar, revoked_at_s, created_at FROM accounts
       WHERE app = ? AND user_id >= ? AND user_id > ? AND user_id < ? AND deleted_at = 0 ORDER BY user_id LIMIT ?`,
    );
    this.#selectItems = options.reader.prepare('SELECT tag, value FROM profile_items WHERE app = ? AND user_id = ?');
    const revoked = options.reader.prepare('SELECT app, user_id, revoked_at_s FROM accounts WHERE revoked_at_s > 0');
    // One after the other: there may be millions.
    for (const row of revoked.iterate()) {
      const { app, user_id, revoked_at_s } = row as AccountRow & { app: SdkAppId };
      this.#revoked.note(app, user_id, revoked_at_s);
    }
    this.#counts = new AccountCounts(options.maxAccounts);
    const counted = options.reader.prepare('SELECT app, count(*) AS n FROM accounts GROUP BY app').all();
    for (const { app, n } of counted as { app: SdkAppId; n: number }[]) this.#counts.counted(app, n);
  }

  find(app: SdkAppId, userIds: readonly UserId[]): ReadonlyMap<UserId, Account> {
    const found = new Map<UserId, Account>();
    for (const userId of userIds) {
      const account = this.#ending.has(keyOf(app, userId)) ? undefined : this.#get(app, userId);
      if (account !== undefined) found.set(userId, account);
    }
    return found;
  }

  list(app: SdkAppId, { prefix, after, limit }: AccountQuery): readonly ListedAccount[] {
    const rows = this.#list.all(app, prefix, after, `${prefix}\u007f`, limit) as (AccountRow & {
      created_at: number;
    })[];
    return rows.map(({ user_id, nick, avatar, revoked_at_s, created_at }) => ({
      userId: user_id,
      nick,
      avatar,
      revokedAt: revoked_at_s,
      createdAt: created_at,
    }));
  }

  async ensure(app: SdkAppId, userId: UserId, issuedAt = Number.POSITIVE_INFINITY): Promise<Account> {
    const kept = this.#get(app, userId);
    if (kept !== undefined) return kept;
    return this.#turns.take(keyOf(app, userId), async () => {
      const known = this.#get(app, userId);
      const revokedAt = this.revokedAt(app, userId);
      const isGone = known === undefined && revokedAt > 0;
      return isGone && issuedAt <= revokedAt
        ? { userId, nick: '', avatar: '', revokedAt }
        : this.#save(app, userId, known, {});
    });
  }

  save(app: SdkAppId, userId: UserId, change: AccountChange): Promise<Account> {
    return this.#turns.take(keyOf(app, userId), () => this.#save(app, userId, this.#get(app, userId), change));
  }

  change(app: SdkAppId, userId: UserId, change: (kept: ProfileItems) => AccountChange): Promise<Account | undefined> {
    return this.#turns.take(keyOf(app, userId), async () => {
      const known = this.#get(app, userId);
      return known === undefined ? undefined : this.#save(app, userId, known, change(this.items(app, userId)));
    });
  }

  async #save(
    app: SdkAppId,
    userId: UserId,
    known: Account | undefined,
    { nick, avatar, items = {} }: AccountChange,
  ): Promise<Account> {
    const job = new WriteJob();
    if (known === undefined) {
      if (this.#isNew(app, userId)) {
        if (this.#counts.left(app) === 0) throw this.#counts.refusal(app);
        // Before it is written: others come meanwhile. A write that fails stops the process.
        this.#counts.add(app);
      }
      job.add('accountInsert', app, userId, '', '', 0, this.#clock.now(), 0);
    }
    if (nick !== undefined) job.add('accountNick', nick, app, userId);
    if (avatar !== undefined) job.add('accountAvatar', avatar, app, userId);
    for (const [tag, value] of Object.entries(items)) {
      if (value === '') job.add('profileDrop', app, userId, tag);
      else job.add('profileSave', app, userId, tag, JSON.stringify(value));
    }
    if (!job.isEmpty) await this.#writer.written(job);
    return this.#keep(app, {
      userId,
      nick: nick ?? known?.nick ?? '',
      avatar: avatar ?? known?.avatar ?? '',
      revokedAt: this.revokedAt(app, userId),
    });
  }

  items(app: SdkAppId, userId: UserId): ProfileItems {
    const rows = this.#selectItems.all(app, userId) as { tag: string; value: string }[];
    return Object.fromEntries(rows.map(({ tag, value }) => [tag, JSON.parse(value) as string | number]));
  }

  itemsOf(app: SdkAppId, userIds: readonly UserId[]): ItemsByUser {
    const all = userIds.map((userId) => [userId, this.items(app, userId)] as const);
    return new Map(all.filter(([, items]) => Object.keys(items).length > 0));
  }

  async revoke(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    await this.#turns.take(keyOf(app, userId), async () => {
      const job = new WriteJob();
      if (this.#get(app, userId) === undefined && this.#isNew(app, userId)) {
        this.#counts.add(app);
        job.add('accountInsert', app, userId, '', '', 0, this.#clock.now(), 0);
      }
      job.add('accountRevoke', at, app, userId, at);
      await this.#writer.written(job);
      const revokedAt = this.#revoked.note(app, userId, at);
      const known = this.#get(app, userId);
      if (known !== undefined) this.#keep(app, { ...known, revokedAt });
    });
  }

  remove(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    return this.#turns.take(keyOf(app, userId), async () => {
      if (this.#get(app, userId) === undefined) return;
      const job = new WriteJob();
      job.add('accountRevoke', at, app, userId, at);
      job.add('accountRemove', this.#clock.now(), '', '', app, userId);
      job.add('profileClear', app, userId);
      const key = keyOf(app, userId);
      this.#ending.add(key);
      await this.#writer.written(job);
      this.#revoked.note(app, userId, at);
      this.#cache.delete(key);
      this.#ending.delete(key);
    });
  }

  /** Whether the account was deleted, or is about to be: what others know of it must not be written any more. */
  isGone(app: SdkAppId, userId: UserId): boolean {
    if (this.#ending.has(keyOf(app, userId))) return true;
    return this.revokedAt(app, userId) > 0 && this.#get(app, userId) === undefined;
  }

  revokedAt(app: SdkAppId, userId: string): number {
    return this.#revoked.at(app, userId);
  }

  /** Whether an account that does not exist has no row either: one that was deleted was revoked by that. */
  #isNew(app: SdkAppId, userId: UserId): boolean {
    return this.revokedAt(app, userId) === 0;
  }

  #get(app: SdkAppId, userId: UserId): Account | undefined {
    const kept = this.#cache.get(keyOf(app, userId));
    if (kept !== undefined) return kept;
    const row = this.#select.get(app, userId) as AccountRow | undefined;
    if (row === undefined) return undefined;
    return this.#keep(app, { userId: row.user_id, nick: row.nick, avatar: row.avatar, revokedAt: row.revoked_at_s });
  }

  #keep(app: SdkAppId, account: Account): Account {
    this.#cache.set(keyOf(app, account.userId), account);
    return account;
  }
}
