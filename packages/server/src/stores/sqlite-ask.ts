import type { Database, Statement } from 'better-sqlite3';
import type { SqlAsk } from './record-searcher.ts';

/** Runs reading statements with numbered placeholders, `$1`, on an embedded database; each text is prepared once. */
export function sqliteAsk(db: Database): SqlAsk {
  const statements = new Map<string, Statement>();
  return async <Row>(sql: string, values: readonly (string | number)[]): Promise<readonly Row[]> => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql.replace(/\$(\d+)/g, '?$1'));
      statements.set(sql, statement);
    }
    const bound = Object.fromEntries(values.map((value, n) => [n + 1, value]));
    return statement.all(bound) as Row[];
  };
}
