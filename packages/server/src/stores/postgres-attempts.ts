import type { SdkAppId } from 'ringback-protocol';
import type { AttemptCursor, AttemptFilter, LoggedAttempt } from '../ports/outbox.ts';
import {
  type AttemptKey,
  type AttemptRow,
  all,
  attemptColumns,
  attemptOf,
  type Conditions,
  conditionsOf,
  cursorOf,
  keyColumns,
  newestFirst,
  placed,
} from './attempt-rows.ts';
import { joinsEvent } from './event-row.ts';
import { numbered } from './numbered.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Attempts that one statement looks at: some ms for the server, whoever else waits for it. */
const chunkRows = 5000;

/** The log of attempts in PostgreSQL, the newest first. */
export async function attemptPage(
  db: SqlDatabase,
  app: SdkAppId,
  filter: AttemptFilter,
  before: AttemptCursor | undefined,
  limit: number,
): Promise<readonly LoggedAttempt[]> {
  const [where, which] = conditionsOf(app, filter);
  if (filter.call !== undefined) return rows(db, [where, which, placed('<', before)], limit);
  const found: LoggedAttempt[] = [];
  for (let place = before; ; ) {
    const start = placed('<', place);
    const end = await boundary(db, [where, start]);
    found.push(...(await rows(db, [where, which, start, placed('>=', end)], limit - found.length)));
    if (end === undefined || found.length >= limit) return found;
    place = end;
  }
}

async function rows(
  db: SqlDatabase,
  conditions: readonly Conditions[],
  limit: number,
): Promise<readonly LoggedAttempt[]> {
  const sql = `SELECT ${attemptColumns} FROM attempts a JOIN events e ON ${joinsEvent('a')}
    WHERE ${all(conditions)} ORDER BY ${newestFirst} LIMIT ?`;
  const found = await db.query<AttemptRow>(numbered(sql), [...conditions.flatMap(({ bound }) => bound), limit]);
  return found.rows.map(attemptOf);
}

/** The place some thousands of attempts further back; undefined when there are fewer. */
async function boundary(db: SqlDatabase, conditions: readonly Conditions[]): Promise<AttemptCursor | undefined> {
  const sql = `SELECT ${keyColumns} FROM attempts a WHERE ${all(conditions)} ORDER BY ${newestFirst} LIMIT 1 OFFSET ?`;
  const found = await db.query<AttemptKey>(numbered(sql), [...conditions.flatMap((one) => one.bound), chunkRows - 1]);
  return found.rows[0] && cursorOf(found.rows[0]);
}
