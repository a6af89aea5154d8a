import type { Database, Statement } from 'better-sqlite3';
import type { Question } from './record-pages.ts';
import type { SqlAsk } from './record-searcher.ts';

/** Runs reading statements with numbered placeholders, `$1`, on an embedded database; each text is prepared once. */
export function sqliteAsk(db: Database): SqlAsk {
  const ask = sqliteRows(db);
  return async <Row>(sql: string, values: Question['values']) => ask({ sql, values }) as readonly Row[];
}

/** The same, at once. */
export function sqliteRows(db: Database): (question: Question) => readonly unknown[] {
  const statements = new Map<string, Statement>();
  return ({ sql, values }) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql.replace(/\$(\d+)/g, '?$1'));
      statements.set(sql, statement);
    }
    return statement.all(Object.fromEntries(values.map((value, n) => [n + 1, value])));
  };
}
