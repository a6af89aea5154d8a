import { randomInt } from 'node:crypto';
import type { NodeId, SdkAppId } from 'ringback-protocol';
import type {
  ApiToken,
  AuditEntry,
  ConsoleLink,
  ConsoleOperator,
  ConsoleSession,
  ConsoleStore,
  OperatorChange,
} from '../ports/console.ts';
import { Looks } from './looks.ts';
import { retried } from './retried.ts';
import { revise, type Tell, tellNobody } from './revisions.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

/** The tables, each with the column of its key. */
const tables = { operators: 'name', console_sessions: 'hash', console_links: 'hash', api_tokens: 'id' } as const;
type Table = keyof typeof tables;

/** ms between two looks for somebody who is not known: strangers can ask for them. */
const lookPace = 200;

/** What the console keeps, in PostgreSQL; in memory it is read again when another node has changed something. */
export class PostgresConsole implements ConsoleStore {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #tell: Tell;
  #operators = new Map<string, ConsoleOperator>();
  #sessions = new Map<string, ConsoleSession>();
  #links = new Map<string, ConsoleLink>();
  #tokens = new Map<string, ApiToken>();
  readonly #turns = new Turns();
  readonly #looks = new Looks({ look: () => this.refresh(), pace: lookPace });
  #place = 0;

  private constructor(options: Parameters<typeof PostgresConsole.open>[0]) {
    this.#db = options.db;
    this.#node = options.node;
    this.#tell = options.tell ?? tellNobody;
  }

  static async open(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly tell?: Tell;
  }): Promise<PostgresConsole> {
    const console = new PostgresConsole(options);
    await console.refresh();
    return console;
  }

  /** Takes over what others have changed. */
  refresh(): Promise<void> {
    return this.#turns.take('', async () => {
      this.#operators = await readAll(this.#db, 'operators');
      this.#sessions = await readAll(this.#db, 'console_sessions');
      this.#links = await readAll(this.#db, 'console_links');
      this.#tokens = await readAll(this.#db, 'api_tokens');
    });
  }

  look(): Promise<void> {
    return this.#looks.ask();
  }

  operators(): readonly ConsoleOperator[] {
    return byName(this.#operators);
  }

  operator(name: string): ConsoleOperator | undefined {
    return this.#operators.get(name);
  }

  async changeOperator(name: string, change: OperatorChange): Promise<ConsoleOperator | undefined> {
    let kept: ConsoleOperator | undefined;
    await this.#change(
      async (session) => {
        const all = await lockOperators(session);
        kept = all.get(name);
        const operator = change(kept, byName(all));
        if (operator !== undefined && operator !== kept) await put(session, 'operators', name, operator);
        kept = operator ?? kept;
      },
      () => (kept === undefined ? this.#operators.delete(name) : this.#operators.set(name, kept)),
    );
    return kept;
  }

  async removeOperator(name: string, check?: (all: readonly ConsoleOperator[]) => void): Promise<void> {
    // By what this node knows, so that nobody loses a session for nothing; the database has the last word.
    check?.(this.operators());
    // First from memory: nobody comes in any more while the database is at it.
    const forget = (): void => {
      this.#operators.delete(name);
      for (const map of [this.#sessions, this.#links, this.#tokens] as Map<string, { operator: string }>[]) {
        for (const [key, { operator }] of map) if (operator === name) map.delete(key);
      }
    };
    const maps = [this.#operators, this.#sessions, this.#links, this.#tokens] as Map<string, unknown>[];
    const before = maps.map((map) => [...map]);
    forget();
    try {
      await this.#change(async (session) => {
        check?.(byName(await lockOperators(session)));
        await drop(session, 'operators', name);
        for (const table of ['console_sessions', 'console_links', 'api_tokens'] as const) {
          await dropOf(session, table, name);
        }
      }, forget);
    } catch (error) {
      // Whoever stays must not be locked out by what this node has forgotten, though it may not be able to ask again now.
      await this.refresh().catch(() => {
        maps.forEach((map, n) => {
          for (const [key, kept] of before[n] ?? []) if (!map.has(key)) map.set(key, kept);
        });
      });
      throw error;
    }
  }

  session(hash: string): ConsoleSession | undefined {
    return this.#sessions.get(hash);
  }

  sessions(): readonly ConsoleSession[] {
    return [...this.#sessions.values()];
  }

  saveSession(session: ConsoleSession): Promise<void> {
    const keep = () => this.#sessions.set(session.hash, session);
    keep();
    return this.#change((one) => put(one, 'console_sessions', session.hash, session), keep);
  }

  touchSession(hash: string, seenAt: number): Promise<void> {
    return this.#alterSession(hash, { seenAt });
  }

  bindSession(hash: string, passwords: readonly string[]): Promise<void> {
    return this.#alterSession(hash, { passwords });
  }

  async #alterSession(hash: string, change: Partial<ConsoleSession>): Promise<void> {
    const kept = this.#sessions.get(hash);
    if (kept === undefined) return;
    this.#sessions.set(hash, { ...kept, ...change });
    await this.#touch('console_sessions', hash, change, () => this.#sessions);
  }

  async removeSession(hash: string): Promise<void> {
    await this.#remove('console_sessions', hash, () => this.#sessions);
    await this.#tell();
  }

  token(id: string): ApiToken | undefined {
    return this.#tokens.get(id);
  }

  tokens(): readonly ApiToken[] {
    return [...this.#tokens.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  saveToken(token: ApiToken): Promise<void> {
    return this.#change(
      (session) => put(session, 'api_tokens', token.id, token),
      () => this.#tokens.set(token.id, token),
    );
  }

  async touchToken(id: string, usedAt: number): Promise<void> {
    const kept = this.#tokens.get(id);
    if (kept === undefined) return;
    this.#tokens.set(id, { ...kept, usedAt });
    await this.#touch('api_tokens', id, { usedAt }, () => this.#tokens);
  }

  async removeToken(id: string): Promise<void> {
    await this.#remove('api_tokens', id, () => this.#tokens);
    await this.#tell();
  }

  /** Here at once; where it comes to nothing it is there again, so that it can be asked for again. */
  async #remove<T>(table: 'console_sessions' | 'api_tokens', key: string, map: () => Map<string, T>): Promise<void> {
    const kept = map().get(key);
    map().delete(key);
    try {
      await this.#write(
        (session) => drop(session, table, key),
        () => map().delete(key),
      );
    } catch (error) {
      if (kept !== undefined && !map().has(key)) map().set(key, kept);
      throw error;
    }
  }

  link(hash: string): ConsoleLink | undefined {
    return this.#links.get(hash);
  }

  links(): readonly ConsoleLink[] {
    return [...this.#links.values()];
  }

  saveLink(link: ConsoleLink): Promise<void> {
    return this.#change(
      (session) => put(session, 'console_links', link.hash, link),
      () => this.#links.set(link.hash, link),
    );
  }

  async takeLink(hash: string): Promise<ConsoleLink | undefined> {
    const link = this.#links.get(hash);
    if (link === undefined || !this.#links.delete(hash)) return undefined;
    let taken = false;
    // The database decides between nodes.
    await this.#change(
      async (session) => {
        taken = await drop(session, 'console_links', hash);
        if (taken) await dropOf(session, 'console_links', link.operator);
      },
      () => {
        for (const one of this.links()) {
          if (one.hash === hash || (taken && one.operator === link.operator)) this.#links.delete(one.hash);
        }
      },
    );
    return taken ? link : undefined;
  }

  forget({ sessions, links, tokens }: Parameters<ConsoleStore['forget']>[0]): Promise<void> {
    return this.#change(
      async (session) => {
        await dropAll(session, 'console_sessions', sessions);
        await dropAll(session, 'console_links', links);
        await dropAll(session, 'api_tokens', tokens);
      },
      () => {
        for (const hash of sessions) this.#sessions.delete(hash);
        for (const hash of links) this.#links.delete(hash);
        for (const id of tokens) this.#tokens.delete(id);
      },
    );
  }

  audit({ at, who, ip, operation, app, input, outcome }: AuditEntry): Promise<number> {
    return retried(async () => {
      // Rises with time; nodes that write in the same millisecond take different places.
      this.#place = Math.max(this.#place + 1, at * 1000 + randomInt(1000));
      const place = this.#place;
      await this.#db.query(
        `INSERT INTO audit_log (place, at, who, ip, operation, app, input, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [place, at, who, ip, operation, app, input, outcome],
      );
      return place;
    });
  }

  async auditEnd(place: number, outcome: string): Promise<void> {
    await this.#db.query('UPDATE audit_log SET outcome = $2 WHERE place = $1', [place, outcome]);
  }

  async auditLog(asked: {
    readonly limit: number;
    readonly before?: number;
    readonly who?: string;
    readonly app?: SdkAppId;
  }): Promise<readonly (AuditEntry & { readonly place: number })[]> {
    const { limit, before = Number.MAX_SAFE_INTEGER, who = '', app = 0 } = asked;
    const { rows } = await this.#db.query<AuditEntry & { readonly place: number }>(
      `SELECT place, at, who, ip, operation, app, input, outcome FROM audit_log
       WHERE place < $1 AND ($2 = '' OR who = $2) AND ($3::bigint = 0 OR app = $3) ORDER BY place DESC LIMIT $4`,
      [before, who, app, limit],
    );
    return rows;
  }

  async pruneAudit(before: number, limit: number): Promise<number> {
    const { count } = await this.#db.query(
      `DELETE FROM audit_log WHERE place IN
         (SELECT place FROM audit_log WHERE at < $1 ORDER BY place LIMIT $2)`,
      [before, limit],
    );
    return count;
  }

  /**
   * Changes what is still there, here and in the database: what another node has removed goes here, too, and what it has changed
   * otherwise stays.
   */
  #touch<Kept extends object>(
    table: Table,
    key: string,
    change: Partial<Kept>,
    map: () => Map<string, Kept>,
  ): Promise<void> {
    let altered: Kept | undefined;
    // Others are told of nothing: it is early enough when they look by themselves.
    return this.#write(
      async (session) => {
        altered = await alter(session, table, key, change);
      },
      () => {
        // A refresh may have replaced the map.
        if (altered === undefined) map().delete(key);
        else if (map().has(key)) map().set(key, altered);
      },
    );
  }

  async #change(work: (session: SqlSession) => Promise<unknown>, keep: () => unknown): Promise<void> {
    await this.#write(work, keep);
    await this.#tell();
  }

  /** `keep` repeats in memory what is in the database, once it is: a refresh may have come in between. */
  #write(work: (session: SqlSession) => Promise<unknown>, keep: () => unknown): Promise<void> {
    return this.#turns.take('', async () => {
      await retried(() =>
        this.#db.transaction(async (session) => {
          await work(session);
          await revise(session, 'console', this.#node);
        }),
      );
      keep();
    });
  }
}

async function readAll<Kept>(session: SqlSession, table: Table): Promise<Map<string, Kept>> {
  const { rows } = await session.query<{ key: string; config: string }>(
    `SELECT ${tables[table]} AS key, config FROM ${table}`,
  );
  return new Map(rows.map(({ key, config }) => [key, JSON.parse(config) as Kept]));
}

const put = (session: SqlSession, table: Table, key: string, kept: object) =>
  session.query(
    `INSERT INTO ${table} (${tables[table]}, config) VALUES ($1, $2)
     ON CONFLICT (${tables[table]}) DO UPDATE SET config = excluded.config`,
    [key, JSON.stringify(kept)],
  );

/** Answers what is there afterwards; undefined when nothing was. */
async function alter<Kept>(
  session: SqlSession,
  table: Table,
  key: string,
  change: Partial<Kept>,
): Promise<Kept | undefined> {
  const { rows } = await session.query<{ config: string }>(
    `SELECT config FROM ${table} WHERE ${tables[table]} = $1 FOR UPDATE`,
    [key],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const altered = { ...(JSON.parse(row.config) as Kept), ...change };
  await session.query(`UPDATE ${table} SET config = $2 WHERE ${tables[table]} = $1`, [key, JSON.stringify(altered)]);
  return altered;
}

/** Says whether it was there. */
const drop = async (session: SqlSession, table: Table, key: string): Promise<boolean> =>
  (await session.query(`DELETE FROM ${table} WHERE ${tables[table]} = $1`, [key])).count === 1;

/** Deletes what belongs to an operator. Asked of the database: another node may have added some since this one looked. */
async function dropOf(session: SqlSession, table: Exclude<Table, 'operators'>, name: string): Promise<void> {
  const all = await readAll<{ readonly operator: string }>(session, table);
  const own = [...all].filter(([, { operator }]) => operator === name).map(([key]) => key);
  await dropAll(session, table, own);
}

const dropAll = async (session: SqlSession, table: Table, keys: readonly string[]): Promise<void> => {
  if (keys.length > 0) await session.query(`DELETE FROM ${table} WHERE ${tables[table]} = ANY($1)`, [keys]);
};

/** All operators, who stay as they are until the end of the transaction: nodes change them one after the other. */
async function lockOperators(session: SqlSession): Promise<Map<string, ConsoleOperator>> {
  // A row, since distributed databases do not lock tables.
  await session.query(
    `INSERT INTO ringback_locks (name, holder, until) VALUES ('operators', 'console', now())
     ON CONFLICT (name) DO UPDATE SET until = excluded.until`,
  );
  return readAll(session, 'operators');
}

const byName = (all: ReadonlyMap<string, ConsoleOperator>): readonly ConsoleOperator[] =>
  [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
