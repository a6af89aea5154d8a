import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtProgram } from '../../../e2e/support/ringback.ts';

/** A version of the program. */
export interface Version {
  readonly program: string;
  dispose(): void;
}

/**
 * The program as its next version may be: the build of this checkout with two more migrations, which do what migrations
 * may do to tables that the running version writes: a column with a default, a table; indexes.
 */
export function nextVersion(): Version {
  const server = join(dirname(builtProgram), '..');
  const folder = mkdtempSync(join(tmpdir(), 'ringback-next-'));
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(server, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'public'));
  symlinkSync(join(server, '../../node_modules'), join(folder, 'node_modules'));
  const list = join(folder, 'dist/stores/migrations/index.js');
  const text = readFileSync(list, 'utf8');
  const end = text.lastIndexOf('];');
  if (end < 0) throw new Error('The list of migrations does not look as it did.');
  const tables = [
    'calls',
    'seats',
    'records',
    'history',
    'events',
    'outbox',
    'attempts',
    'accounts',
    'apps',
    'endpoints',
  ];
  const statements = [
    ...tables.map((table) => `ALTER TABLE ${table} ADD COLUMN next_version BIGINT NOT NULL DEFAULT 7`),
    'CREATE TABLE next_things (app BIGINT NOT NULL PRIMARY KEY, thing TEXT NOT NULL)',
  ];
  const indexes = tables.map((table) => ({ index: `next_${table}`, on: `${table} (app, next_version)` }));
  const migrations = [
    { name: '900-next', statements },
    { name: '901-next-indexes', indexes },
  ];
  const added = migrations.map((one) => JSON.stringify(one)).join(', ');
  writeFileSync(list, `${text.slice(0, end)}, ${added}${text.slice(end)}`);
  return {
    program: join(folder, 'bin/ringback.mjs'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
