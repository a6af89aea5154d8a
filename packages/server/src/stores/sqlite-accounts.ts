import type { Database, Statement } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { SdkAppId, UserId } from 'ringback-protocol';
import type { Account, Accounts } from '../ports/accounts.ts';
import type { Clock } from '../ports/clock.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

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
  readonly #cache = new LRUCache<string, Account>({ max: cached });
  /** Every account that was ever kicked; asked by each request, and few. */
  readonly #revoked = new Map<string, number>();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly clock: Clock }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#select = options.reader.prepare(
      'SELECT user_id, nick, avatar, revoked_at_s FROM accounts WHERE app = ? AND user_id = ?',
    );
    const rows = options.reader.prepare('SELECT app, user_id, revoked_at_s FROM accounts WHERE revoked_at_s > 0').all();
    for (const { app, user_id, revoked_at_s } of rows as (AccountRow & { app: SdkAppId })[]) {
      this.#revoked.set(keyOf(app, user_id), revoked_at_s);
    }
  }

  find(app: SdkAppId, userIds: readonly UserId[]): ReadonlyMap<UserId, Account> {
    const found = new Map<UserId, Account>();
    for (const userId of userIds) {
      const account = this.#get(app, userId);
      if (account !== undefined) found.set(userId, account);
    }
    return found;
  }

  async ensure(app: SdkAppId, userId: UserId): Promise<Account> {
    return this.#get(app, userId) ?? this.#create(app, userId, { nick: '', avatar: '' });
  }

  async save(
    app: SdkAppId,
    userId: UserId,
    change: { readonly nick?: string; readonly avatar?: string },
  ): Promise<Account> {
    const before = await this.ensure(app, userId);
    const job = new WriteJob();
    if (change.nick !== undefined) job.add('accountNick', change.nick, app, userId);
    if (change.avatar !== undefined) job.add('accountAvatar', change.avatar, app, userId);
    await this.#writer.written(job);
    // Others may have changed other members meanwhile.
    return this.#keep(app, { ...(this.#get(app, userId) ?? before), ...change });
  }

  async revoke(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    const before = await this.ensure(app, userId);
    const job = new WriteJob();
    job.add('accountRevoke', at, app, userId, at);
    await this.#writer.written(job);
    const revokedAt = Math.max(this.revokedAt(app, userId), at);
    this.#revoked.set(keyOf(app, userId), revokedAt);
    this.#keep(app, { ...(this.#get(app, userId) ?? before), revokedAt });
  }

  revokedAt(app: SdkAppId, userId: string): number {
    return this.#revoked.size === 0 ? 0 : (this.#revoked.get(keyOf(app, userId)) ?? 0);
  }

  #get(app: SdkAppId, userId: UserId): Account | undefined {
    const kept = this.#cache.get(keyOf(app, userId));
    if (kept !== undefined) return kept;
    const row = this.#select.get(app, userId) as AccountRow | undefined;
    if (row === undefined) return undefined;
    return this.#keep(app, { userId: row.user_id, nick: row.nick, avatar: row.avatar, revokedAt: row.revoked_at_s });
  }

  async #create(app: SdkAppId, userId: UserId, { nick, avatar }: { nick: string; avatar: string }): Promise<Account> {
    const job = new WriteJob();
    job.add('accountInsert', app, userId, nick, avatar, 0, this.#clock.now());
    await this.#writer.written(job);
    // Somebody else may have made it meanwhile, with a profile; the disk knows.
    return this.#get(app, userId) ?? this.#keep(app, { userId, nick, avatar, revokedAt: 0 });
  }

  #keep(app: SdkAppId, account: Account): Account {
    this.#cache.set(keyOf(app, account.userId), account);
    return account;
  }
}
