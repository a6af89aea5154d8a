import { setTimeout as sleep } from 'node:timers/promises';
import type { TableIndex } from './migrations/migration.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two looks at an index that another process is making. */
const pause = 500;

/** ms after which an index that looks left over is looked at once more: a finished one looks so for a moment. */
const secondLook = 2000;

/** What is known of an index: whether it is used by questions, and whether somebody is making it at this moment. */
const look = `SELECT i.indisvalid AS valid,
    EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS making
  FROM pg_index i WHERE i.indexrelid = to_regclass($1)`;

/**
 * Makes an index while others write to its table, in a session outside any transaction. It waits for the transactions that
 * are open, and may take hours. What an attempt left that was broken off is no index, and goes first; an attempt that goes on in the
 * server though its process is gone is waited for.
 */
export async function makeIndex(session: SqlSession, { index, on }: TableIndex): Promise<void> {
  for (let seen = false; ; ) {
    const { rows } = await session.query<{ valid: boolean; making: boolean }>(look, [index]);
    const [there] = rows;
    if (there?.valid === true) return;
    if (there?.making === true) await sleep(pause);
    else if (there !== undefined && !seen) {
      seen = true;
      await sleep(secondLook);
    } else if (there !== undefined) {
      await session.query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
      seen = false;
    } else await session.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index} ON ${on}`);
  }
}
