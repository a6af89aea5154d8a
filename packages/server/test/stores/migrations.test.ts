import { expect, test } from 'vitest';
import { migrations } from '../../src/stores/migrations/index.ts';
import type { Migration } from '../../src/stores/migrations/migration.ts';

/** The last one that came before versions had to run side by side. */
const before = '006-console';

/** The SQL of a statement, however a migration says it. */
const sqlOf = (one: Migration['statements'][number]): string =>
  (typeof one === 'string' ? one : (Object.values(one).find((part) => typeof part === 'string') ?? '')).replace(
    /\s+/g,
    ' ',
  );

/** Why a statement is not safe beside a version that does not know of it; undefined when it is. */
function problem(sql: string, made: ReadonlySet<string>): string | undefined {
  if (/^CREATE TABLE \w+ \(/.test(sql)) return undefined;
  const index = /^CREATE (UNIQUE )?INDEX \w+ ON (\w+) /.exec(sql);
  if (index !== null) {
    // The version before may write what is not unique.
    return index[1] !== undefined && !made.has(index[2] ?? '') ? 'makes something unique that was not' : undefined;
  }
  const column = /^ALTER TABLE \w+ ADD COLUMN \w+ (\w+)(.*)$/.exec(sql);
  if (column === null) return 'does more than add a table, an index or a column';
  // The version before names no value for it.
  return / NOT NULL/.test(column[2] ?? '') && !/ DEFAULT \S/.test(column[2] ?? '')
    ? 'adds a column that the version before gives no value'
    : undefined;
}

const problems = ({ statements }: Pick<Migration, 'statements'>): readonly string[] => {
  const all = statements.map(sqlOf);
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

test.each([
  'DROP TABLE calls',
  'ALTER TABLE calls DROP COLUMN state',
  'ALTER TABLE calls RENAME COLUMN state TO body',
  'ALTER TABLE calls RENAME TO lines',
  'ALTER TABLE calls ALTER COLUMN state TYPE BIGINT',
  'ALTER TABLE calls ADD COLUMN note TEXT NOT NULL',
  'CREATE UNIQUE INDEX one_call ON seats (call_id)',
  'DROP INDEX records_call',
  "UPDATE calls SET state = ''",
  'DELETE FROM calls',
])('%s would not pass', (sql) => {
  expect(problems({ statements: [sql] })).toHaveLength(1);
});
