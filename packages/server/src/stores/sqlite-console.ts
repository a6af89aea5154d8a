import type { Database, Statement } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type {
  ApiToken,
  AuditEntry,
  ConsoleLink,
  ConsoleOperator,
  ConsoleSession,
  ConsoleStore,
  OperatorChange,
} from '../ports/console.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

type Over = Parameters<ConsoleStore['forget']>[0];
type Row = { readonly key: string; readonly config: string };

/** What the console keeps, in the embedded store. */
export class SqliteConsole implements ConsoleStore {
  readonly #writer: SqliteWriter;
  readonly #operators: Map<string, ConsoleOperator>;
  readonly #sessions: Map<string, ConsoleSession>;
  readonly #links: Map<string, ConsoleLink>;
  readonly #tokens: Map<string, ApiToken>;
  readonly #log: Statement;
  readonly #oldest: Statement;
  #place: number;

  constructor({ writer, reader }: { readonly writer: SqliteWriter; readonly reader: Database }) {
    const all = <Kept>(sql: string): Map<string, Kept> =>
      new Map((reader.prepare(sql).all() as Row[]).map(({ key, config }) => [key, JSON.parse(config) as Kept]));
    this.#writer = writer;
    this.#operators = all('SELECT name AS key, config FROM operators');
    this.#sessions = all('SELECT hash AS key, config FROM console_sessions');
    this.#links = all('SELECT hash AS key, config FROM console_links');
    this.#tokens = all('SELECT id AS key, config FROM api_tokens');
    this.#log = reader.prepare(
      `SELECT place, at, who, ip, operation, app, input, outcome FROM audit_log
        WHERE place < ? AND (? = '' OR who = ?) AND (? = 0 OR app = ?) ORDER BY place DESC LIMIT ?`,
    );
    this.#oldest = reader.prepare('SELECT place FROM audit_log WHERE at < ? ORDER BY place LIMIT ?').pluck();
    this.#place = (reader.prepare('SELECT max(place) FROM audit_log').pluck().get() as number | null) ?? 0;
  }

  operators(): readonly ConsoleOperator[] {
    return [...this.#operators.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  operator(name: string): ConsoleOperator | undefined {
    return this.#operators.get(name);
  }

  async changeOperator(name: string, change: OperatorChange): Promise<ConsoleOperator | undefined> {
    const kept = this.#operators.get(name);
    const operator = change(kept, this.operators());
    if (operator === undefined || operator === kept) return kept;
    // First in memory: somebody who is removed while the disk is at it must not come back afterwards.
    this.#operators.set(name, operator);
    await this.#write('operatorSave', name, JSON.stringify(operator));
    return operator;
  }

  async removeOperator(name: string, check?: (all: readonly ConsoleOperator[]) => void): Promise<void> {
    check?.(this.operators());
    // First from memory: nobody comes in any more while the disk is at it.
    this.#operators.delete(name);
    const job = new WriteJob();
    job.add('operatorDelete', name);
    const own = <Kept extends { readonly operator: string }>(all: readonly Kept[]) =>
      all.filter(({ operator }) => operator === name);
    this.#drop(job, {
      sessions: own(this.sessions()).map(({ hash }) => hash),
      links: own(this.links()).map(({ hash }) => hash),
      tokens: own(this.tokens()).map(({ id }) => id),
    });
    await this.#writer.written(job);
  }

  session(hash: string): ConsoleSession | undefined {
    return this.#sessions.get(hash);
  }

  sessions(): readonly ConsoleSession[] {
    return [...this.#sessions.values()];
  }

  async saveSession(session: ConsoleSession): Promise<void> {
    this.#sessions.set(session.hash, session);
    await this.#write('consoleSessionSave', session.hash, JSON.stringify(session));
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
    const altered = { ...kept, ...change };
    this.#sessions.set(hash, altered);
    await this.#write('consoleSessionTouch', JSON.stringify(altered), hash);
  }

  async removeSession(hash: string): Promise<void> {
    if (this.#sessions.delete(hash)) await this.#write('consoleSessionDelete', hash);
  }

  token(id: string): ApiToken | undefined {
    return this.#tokens.get(id);
  }

  tokens(): readonly ApiToken[] {
    return [...this.#tokens.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  async saveToken(token: ApiToken): Promise<void> {
    await this.#write('apiTokenSave', token.id, JSON.stringify(token));
    this.#tokens.set(token.id, token);
  }

  async touchToken(id: string, usedAt: number): Promise<void> {
    const kept = this.#tokens.get(id);
    if (kept === undefined) return;
    const touched = { ...kept, usedAt };
    this.#tokens.set(id, touched);
    await this.#write('apiTokenTouch', JSON.stringify(touched), id);
  }

  async removeToken(id: string): Promise<void> {
    if (this.#tokens.delete(id)) await this.#write('apiTokenDelete', id);
  }

  link(hash: string): ConsoleLink | undefined {
    return this.#links.get(hash);
  }

  links(): readonly ConsoleLink[] {
    return [...this.#links.values()];
  }

  async saveLink(link: ConsoleLink): Promise<void> {
    this.#links.set(link.hash, link);
    await this.#write('consoleLinkSave', link.hash, JSON.stringify(link));
  }

  async takeLink(hash: string): Promise<ConsoleLink | undefined> {
    const link = this.#links.get(hash);
    if (link === undefined) return undefined;
    const links = this.links().filter(({ operator }) => operator === link.operator);
    await this.forget({ sessions: [], links: links.map((one) => one.hash), tokens: [] });
    return link;
  }

  async forget(over: Over): Promise<void> {
    const job = new WriteJob();
    this.#drop(job, over);
    await this.#writer.written(job);
  }

  async audit({ at, who, ip, operation, app, input, outcome }: AuditEntry): Promise<number> {
    this.#place += 1;
    const place = this.#place;
    await this.#write('auditInsert', place, at, who, ip, operation, app, input, outcome);
    return place;
  }

  auditEnd(place: number, outcome: string): Promise<void> {
    return this.#write('auditEnd', outcome, place);
  }

  async auditLog(asked: {
    readonly limit: number;
    readonly before?: number;
    readonly who?: string;
    readonly app?: SdkAppId;
  }): Promise<readonly (AuditEntry & { readonly place: number })[]> {
    const { limit, before = Number.MAX_SAFE_INTEGER, who = '', app = 0 } = asked;
    return this.#log.all(before, who, who, app, app, limit) as (AuditEntry & { place: number })[];
  }

  async pruneAudit(before: number, limit: number): Promise<number> {
    const places = this.#oldest.all(before, limit) as number[];
    const job = new WriteJob();
    for (const place of places) job.add('auditDelete', place);
    if (places.length > 0) await this.#writer.written(job);
    return places.length;
  }

  /** At once from memory, by the job from the disk. */
  #drop(job: WriteJob, { sessions, links, tokens }: Over): void {
    for (const hash of sessions) {
      this.#sessions.delete(hash);
      job.add('consoleSessionDelete', hash);
    }
    for (const hash of links) {
      this.#links.delete(hash);
      job.add('consoleLinkDelete', hash);
    }
    for (const id of tokens) {
      this.#tokens.delete(id);
      job.add('apiTokenDelete', id);
    }
  }

  #write(...[name, ...bound]: Parameters<WriteJob['add']>): Promise<void> {
    const job = new WriteJob();
    job.add(name, ...bound);
    return this.#writer.written(job);
  }
}
