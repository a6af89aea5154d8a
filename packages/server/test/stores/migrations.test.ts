import { expect, test } from 'vitest';
import { migrations } from '../../src/stores/migrations/index.ts';
import type { IndexMigration, TableMigration } from '../../src/stores/migrations/migration.ts';
import { inPostgres } from '../../src/stores/postgres-migrate.ts';

/** The last one that came before versions had to run side by side. */
const before = '006-console';

/** The SQL of a statement, however a migration says it. */
const sqlOf = (one: TableMigration['statements'][number]): string =>
  (typeof one === 'string' ? one : one.create).replace(/\s+/g, ' ');

/** Why a statement is not safe beside a version that does not know of it; undefined when it is. */
function problem(sql: string, made: ReadonlySet<string>): string | undefined {
  if (/^CREATE TABLE \w+ \(/.test(sql)) return undefined;
  const index = /^CREATE (UNIQUE )?INDEX \w+ ON (\w+) /.exec(sql);
  if (index !== null) {
    if (made.has(index[2] ?? '')) return undefined;
    // The version before may write what is not unique, and writes while the index is made.
    return index[1] === undefined ? 'holds up who writes to the table' : 'makes something unique that was not';
  }
  const column = /^ALTER TABLE \w+ ADD COLUMN \w+ (\w+)(.*)$/.exec(sql);
  if (column === null) return 'does more than add a table, an index or a column';
  // The version before names no value for it.
  return / NOT NULL/.test(column[2] ?? '') && !/ DEFAULT \S/.test(column[2] ?? '')
    ? 'adds a column that the version before gives no value'
    : undefined;
}

const problems = (migration: Pick<TableMigration, 'statements'> | IndexMigration): readonly string[] => {
  // An index that is made beside those who write, and is never unique.
  const all = 'statements' in migration ? migration.statements.map(sqlOf) : [];
  const made = new Set(all.map((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? ''));
  return all.flatMap((sql) => {
    const found = problem(sql, made);
    return found === undefined ? [] : [`${found}: ${sql}`];
  });
};

test('names rise in the order of the list, and no number is used twice', () => {
  const names = migrations.map(({ name }) => name);
  expect([...names].sort()).toEqual(names);
  expect(new Set(names.map((name) => name.slice(0, 3))).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^\d{3}-[a-z-]+$/);
});

test('every migration since versions run side by side only adds, so that the version before goes on', () => {
  const since = migrations.filter(({ name }) => name > before);
  expect(since.length).toBeGreaterThan(0);
  for (const one of since) expect([one.name, problems(one)]).toEqual([one.name, []]);
});

test('text is in the order of its bytes, which CockroachDB has anyway and does not take for a column', () => {
  const sql = 'CREATE TABLE things (app BIGINT NOT NULL, thing TEXT NOT NULL, PRIMARY KEY (app, thing))';
  expect(inPostgres(sql, 'PostgreSQL 15.8 on x86_64')).toBe(sql.replace('thing TEXT', 'thing TEXT COLLATE "C"'));
  expect(inPostgres(inPostgres(sql))).toBe(inPostgres(sql));
  expect(inPostgres(sql, 'CockroachDB CCL v24.1.0 (x86_64)')).toBe(sql);
});

test('an index that is made beside those who write has a name and a table, and is in no other migration', () => {
  const names: string[] = [];
  for (const one of migrations) {
    for (const { index, on } of 'indexes' in one ? one.indexes : []) {
      names.push(index);
      expect(index).toMatch(/^[a-z_]+$/);
      expect(on).toMatch(/^\w+ \([\w, ]+\)( WHERE [\w =>']+)?$/);
    }
  }
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});

test.each([
  'DROP TABLE calls',
  'ALTER TABLE calls DROP COLUMN state',
  'ALTER TABLE calls RENAME COLUMN state TO body',
  'ALTER TABLE calls RENAME TO lines',
  'ALTER TABLE calls ALTER COLUMN state TYPE BIGINT',
  'ALTER TABLE calls ADD COLUMN note TEXT NOT NULL',
  'CREATE UNIQUE INDEX one_call ON seats (call_id)',
  'CREATE INDEX calls_state ON calls (state)',
  'DROP INDEX records_call',
  "UPDATE calls SET state = ''",
  'DELETE FROM calls',
])('%s would not pass', (sql) => {
  expect(problems({ statements: [sql] })).toHaveLength(1);
});
