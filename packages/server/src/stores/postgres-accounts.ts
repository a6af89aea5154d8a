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
import { Gathered } from './gathered.ts';
import { PostgresAccountCounts } from './postgres-account-counts.ts';
import { retried } from './retried.ts';
import { Revocations } from './revocations.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

interface AccountRow {
  readonly app: SdkAppId;
  readonly user_id: UserId;
  readonly nick: string;
  readonly avatar: string;
  readonly revoked_at_s: number;
}

interface AccountKey {
  readonly app: SdkAppId;
  readonly userId: UserId;
}

interface PostgresAccountsOptions {
  readonly db: SqlDatabase;
  readonly clock: Clock;
  /** Of each application, deleted ones included. */
  readonly maxAccounts: number;
}

/** Accounts kept in memory at most, and how long (ms): another node may change them. */
const cached = 100_000;
const freshFor = 1000;

/** s; revocations of other nodes are looked for this far before the last look: their clocks and their commits may be late. */
const lookBack = 300;

/** Revocations that are read at once: there may be millions. */
const readAtOnce = 10_000;

const keyOf = (app: SdkAppId, userId: string): string => `${app}/${userId}`;
const columns = 'app, user_id, nick, avatar, revoked_at_s';

const accountOf = ({ user_id, nick, avatar, revoked_at_s }: AccountRow): Account => ({
  userId: user_id,
  nick,
  avatar,
  revokedAt: revoked_at_s,
});

/** Makes the row of an account, or locks the one that is there, which `deletedAt` is set of then. `$4`: 1 where there is no room. */
const making = (deletedAt: string): string =>
  `WITH known AS (SELECT 1 FROM accounts WHERE app = $1 AND user_id = $2),
   made AS (
     INSERT INTO accounts (app, user_id, nick, avatar, revoked_at_s, created_at, deleted_at)
     SELECT $1::bigint, $2::text, '', '', 0, $3::bigint, 0 WHERE $4::bigint = 0 OR EXISTS (SELECT 1 FROM known)
     ON CONFLICT (app, user_id) DO UPDATE SET deleted_at = ${deletedAt}
     RETURNING ${columns}, deleted_at)
   SELECT ${columns}, deleted_at, (SELECT count(*) FROM known) AS known FROM made`;

/** One that was deleted is there again; nothing but its revoked signatures is left of it. */
const makingAnew = making('0');

/** The same unless the signature of whoever comes was void when it was deleted: `$5`. */
const makingFor = making('CASE WHEN accounts.revoked_at_s < $5 THEN 0 ELSE accounts.deleted_at END');

interface MadeRow extends AccountRow {
  readonly deleted_at: number;
  /** 1 when it was there before. */
  readonly known: number;
}

/** The accounts in PostgreSQL. Each change locks its row, so that nodes take turns. */
export class PostgresAccounts implements Accounts {
  readonly #db: SqlDatabase;
  readonly #clock: Clock;
  readonly #cache = new LRUCache<string, Account>({ max: cached, ttl: freshFor });
  /** Changes of one account by this node need no lock to wait for one another, which would hold a connection. */
  readonly #turns = new Turns();
  readonly #accounts: Gathered<AccountKey, Account>;
  readonly #revoked = new Revocations();
  readonly #counts: PostgresAccountCounts;
  /** s, in the store's time; when the last look at the revocations of others began. */
  #lookedAt = 0;

  private constructor({ db, clock, maxAccounts }: PostgresAccountsOptions) {
    this.#db = db;
    this.#clock = clock;
    this.#counts = new PostgresAccountCounts(db, maxAccounts);
    this.#accounts = new Gathered(
      ({ app, userId }) => keyOf(app, userId),
      (keys) => this.#read(keys),
    );
  }

  static async open(options: PostgresAccountsOptions): Promise<PostgresAccounts> {
    const accounts = new PostgresAccounts(options);
    await accounts.refresh();
    await accounts.#counts.open();
    return accounts;
  }

  async list(app: SdkAppId, { prefix, after, limit }: AccountQuery): Promise<readonly ListedAccount[]> {
    const { rows } = await this.#db.query<AccountRow & { readonly created_at: number }>(
      // Ids are printable ASCII: whatever begins with the prefix comes before the prefix and a byte that none has.
      `SELECT ${columns}, created_at FROM accounts
       WHERE app = $1 AND user_id >= $2 AND user_id > $3 AND user_id < $4 AND deleted_at = 0 ORDER BY user_id LIMIT $5`,
      [app, prefix, after, `${prefix}\u007f`, limit],
    );
    return rows.map((row) => ({ ...accountOf(row), createdAt: row.created_at }));
  }

  find(
    app: SdkAppId,
    userIds: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, Account>> | ReadonlyMap<UserId, Account> {
    const found = new Map<UserId, Account>();
    const missing: UserId[] = [];
    for (const userId of userIds) {
      const known = this.#cache.get(keyOf(app, userId));
      if (known === undefined) missing.push(userId);
      else found.set(userId, known);
    }
    return missing.length === 0 ? found : this.#find(app, userIds, found, missing);
  }

  async #find(
    app: SdkAppId,
    userIds: readonly UserId[],
    known: ReadonlyMap<UserId, Account>,
    missing: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, Account>> {
    const all = new Map(known);
    const read = await Promise.all(missing.map((userId) => this.#accounts.get({ app, userId })));
    for (const account of read) if (account !== undefined) all.set(account.userId, account);
    const found = new Map<UserId, Account>();
    for (const userId of userIds) {
      const account = all.get(userId);
      if (account !== undefined) found.set(userId, account);
    }
    return found;
  }

  async ensure(app: SdkAppId, userId: UserId, issuedAt?: number): Promise<Account> {
    if (issuedAt === undefined) return (await this.find(app, [userId])).get(userId) ?? this.save(app, userId, {});
    // Not from memory: another node may have kicked this user a moment ago.
    return (await this.#accounts.get({ app, userId })) ?? this.#admit(app, userId, issuedAt);
  }

  /** Makes an account for whoever comes with a signature, unless that was void when it was deleted. */
  #admit(app: SdkAppId, userId: UserId, issuedAt: number): Promise<Account> {
    return this.#turns.take(keyOf(app, userId), async () => {
      const row = await retried(() => this.#make(this.#db, makingFor, app, userId, issuedAt));
      if (row.known === 0) this.#counts.add(app);
      return this.#seen(row, row.deleted_at === 0);
    });
  }

  async save(app: SdkAppId, userId: UserId, change: AccountChange): Promise<Account> {
    let isNew = false;
    const account = await this.#write(app, userId, async (session) => {
      isNew = (await this.#make(session, makingAnew, app, userId)).known === 0;
      return set(session, app, userId, change);
    });
    if (isNew) this.#counts.add(app);
    return account;
  }

  async #make(
    session: SqlSession,
    sql: string,
    app: SdkAppId,
    userId: UserId,
    ...more: readonly number[]
  ): Promise<MadeRow> {
    const bound = [app, userId, this.#clock.now(), this.#counts.isFull(app) ? 1 : 0, ...more];
    const { rows } = await session.query<MadeRow>(sql, bound);
    const [row] = rows;
    if (row === undefined) throw this.#counts.refusal(app);
    return row;
  }

  async change(
    app: SdkAppId,
    userId: UserId,
    change: (kept: ProfileItems) => AccountChange,
  ): Promise<Account | undefined> {
    return this.#write(app, userId, async (session) => {
      const { count } = await session.query(
        'SELECT 1 FROM accounts WHERE app = $1 AND user_id = $2 AND deleted_at = 0 FOR UPDATE',
        [app, userId],
      );
      return count === 0
        ? undefined
        : set(session, app, userId, change((await itemsOf(session, app, [userId])).get(userId) ?? {}));
    });
  }

  async items(app: SdkAppId, userId: UserId): Promise<ProfileItems> {
    return (await itemsOf(this.#db, app, [userId])).get(userId) ?? {};
  }

  itemsOf(app: SdkAppId, userIds: readonly UserId[]): Promise<ItemsByUser> {
    return itemsOf(this.#db, app, userIds);
  }

  async revoke(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    await this.#turns.take(keyOf(app, userId), () => this.#revoke(app, userId, at));
  }

  async #revoke(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    await this.#db.query(
      `INSERT INTO accounts (app, user_id, nick, avatar, revoked_at_s, created_at, deleted_at)
       VALUES ($1, $2, '', '', $3, $4, 0)
       ON CONFLICT (app, user_id) DO UPDATE SET revoked_at_s = greatest(accounts.revoked_at_s, excluded.revoked_at_s)`,
      [app, userId, at, this.#clock.now()],
    );
    this.#noteRevoked(app, userId, at);
    this.#cache.delete(keyOf(app, userId));
  }

  revokedAt(app: SdkAppId, userId: string): number {
    return this.#revoked.at(app, userId);
  }

  remove(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    return this.#turns.take(keyOf(app, userId), () => this.#remove(app, userId, at));
  }

  async #remove(app: SdkAppId, userId: UserId, at: number): Promise<void> {
    const removed = await retried(() =>
      this.#db.transaction(async (session) => {
        const { count } = await session.query(
          `UPDATE accounts SET deleted_at = $4, nick = '', avatar = '', revoked_at_s = greatest(revoked_at_s, $3)
           WHERE app = $1 AND user_id = $2 AND deleted_at = 0`,
          [app, userId, at, this.#clock.now()],
        );
        if (count > 0) {
          await session.query('DELETE FROM profile_items WHERE app = $1 AND user_id = $2', [app, userId]);
        }
        return count > 0;
      }),
    );
    if (removed) this.#noteRevoked(app, userId, at);
    this.#cache.delete(keyOf(app, userId));
  }

  /** Takes over what others have revoked. */
  async refresh(): Promise<void> {
    const now = Math.floor(this.#clock.now() / 1000);
    // The store's time may have been set back since the last look.
    const since = Math.min(this.#lookedAt, now) - lookBack;
    let after: readonly [number, number, string] = [since, -1, ''];
    let read = readAtOnce;
    while (read === readAtOnce) {
      const { rows } = await this.#db.query<Pick<AccountRow, 'app' | 'user_id' | 'revoked_at_s'>>(
        `SELECT app, user_id, revoked_at_s FROM accounts
         WHERE revoked_at_s > 0 AND (revoked_at_s, app, user_id) > ($1, $2, $3)
         ORDER BY revoked_at_s, app, user_id LIMIT $4`,
        [...after, readAtOnce],
      );
      for (const { app, user_id, revoked_at_s } of rows) {
        this.#noteRevoked(app, user_id, revoked_at_s);
        after = [revoked_at_s, app, user_id];
      }
      read = rows.length;
    }
    this.#lookedAt = now;
  }

  #noteRevoked(app: SdkAppId, userId: UserId, at: number): void {
    if (this.#revoked.at(app, userId) >= at) return;
    this.#revoked.note(app, userId, at);
    this.#cache.delete(keyOf(app, userId));
  }

  async #write<Kept extends Account | undefined>(
    app: SdkAppId,
    userId: UserId,
    work: (session: SqlSession) => Promise<Kept>,
  ): Promise<Kept> {
    const key = keyOf(app, userId);
    return this.#turns.take(key, async () => {
      const account = await retried(() => this.#db.transaction(work));
      if (account !== undefined) this.#cache.set(key, account);
      return account;
    });
  }

  async #read(keys: readonly AccountKey[]): Promise<ReadonlyMap<string, Account>> {
    const { rows } = await this.#db.query<AccountRow>(
      `SELECT a.app, a.user_id, a.nick, a.avatar, a.revoked_at_s FROM unnest($1::bigint[], $2::text[]) AS k(app, user_id)
       JOIN accounts a ON a.app = k.app AND a.user_id = k.user_id WHERE a.deleted_at = 0`,
      [keys.map(({ app }) => app), keys.map(({ userId }) => userId)],
    );
    const found = new Map<string, Account>();
    for (const row of rows) found.set(keyOf(row.app, row.user_id), this.#seen(row));
    return found;
  }

  /** What a row says, which may be news: others kick, too. */
  #seen(row: AccountRow, exists = true): Account {
    const account = accountOf(row);
    this.#noteRevoked(row.app, row.user_id, row.revoked_at_s);
    if (exists) this.#cache.set(keyOf(row.app, row.user_id), account);
    return account;
  }
}

/** Changes an account whose row is locked. */
async function set(
  session: SqlSession,
  app: SdkAppId,
  userId: UserId,
  { nick, avatar, items = {} }: AccountChange,
): Promise<Account> {
  const { rows } = await session.query<AccountRow>(
    `UPDATE accounts SET nick = coalesce($3, nick), avatar = coalesce($4, avatar)
     WHERE app = $1 AND user_id = $2 RETURNING ${columns}`,
    [app, userId, nick ?? null, avatar ?? null],
  );
  const entries = Object.entries(items).filter(([, value]) => value !== '');
  const dropped = Object.keys(items).filter((tag) => items[tag] === '');
  if (dropped.length > 0) {
    await session.query('DELETE FROM profile_items WHERE app = $1 AND user_id = $2 AND tag = ANY($3)', [
      app,
      userId,
      dropped,
    ]);
  }
  if (entries.length > 0) {
    await session.query(
      `INSERT INTO profile_items (app, user_id, tag, value)
       SELECT $1::bigint, $2::text, tag, value FROM unnest($3::text[], $4::text[]) AS t(tag, value)
       ON CONFLICT (app, user_id, tag) DO UPDATE SET value = excluded.value`,
      [app, userId, entries.map(([tag]) => tag), entries.map(([, value]) => JSON.stringify(value))],
    );
  }
  return accountOf(rows[0] as AccountRow);
}

async function itemsOf(session: SqlSession, app: SdkAppId, userIds: readonly UserId[]): Promise<ItemsByUser> {
  const { rows } = await session.query<{ user_id: UserId; tag: string; value: string }>(
    'SELECT user_id, tag, value FROM profile_items WHERE app = $1 AND user_id = ANY($2::text[])',
    [app, userIds],
  );
  const found = new Map<UserId, ProfileItems>();
  for (const { user_id, tag, value } of rows) {
    found.set(user_id, { ...found.get(user_id), [tag]: JSON.parse(value) as string | number });
  }
  return found;
}
