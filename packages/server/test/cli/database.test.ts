import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../src/stores/migrations/index.ts';
import { PostgresServer, postgresPrograms } from '../stores/support/postgres-server.ts';
import { parsed } from '../support/cli.ts';

const names = migrations.map(({ name }) => name);
const statesOf = (out: string) =>
  (JSON.parse(out) as { migrations: { name: string; state: string }[] }).migrations.map(({ state }) => state);

describe('ringback migrate', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-migrate-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says of the embedded database what is missing, brings it up to date, and has nothing to do then', async () => {
    const data = ['--data', join(folder, 'embedded')];
    const before = await parsed(['migrate', 'status', '--json', ...data]);
    expect([before.code, new Set(statesOf(before.out))]).toEqual([1, new Set(['missing'])]);
    expect((await parsed(['migrate', 'run', ...data])).out).toBe(`Applied: ${names.join(', ')}.\n`);
    const after = await parsed(['migrate', 'status', '--json', ...data]);
    expect([after.code, new Set(statesOf(after.out))]).toEqual([0, new Set(['applied'])]);
    expect((await parsed(['migrate', 'run', ...data])).out).toBe('Nothing was missing.\n');
    expect((await parsed(['migrate', 'status', ...data])).out).toContain('001-calls');
  });

  it('names a URL that is none of PostgreSQL, without showing it', async () => {
    const ran = await parsed(['migrate', 'status', '--database', 'mysql://geheim@db/x', '--data', folder]);
    expect([ran.code, ran.err]).toEqual([2, expect.not.stringContaining('geheim')]);
  });

  describe.skipIf(postgresPrograms() === undefined)('on PostgreSQL', () => {
    let server: PostgresServer;
    let database: readonly string[];
    beforeAll(async () => {
      server = await PostgresServer.start();
      database = ['--data', join(folder, 'cluster'), '--database', await server.database()];
    });
    afterAll(() => server.dispose());

    it('does the same, and the doctor sees what is missing and what is risky', async () => {
      const before = await parsed(['migrate', 'status', '--json', ...database]);
      expect([before.code, new Set(statesOf(before.out))]).toEqual([1, new Set(['missing'])]);
      const doubtful = await parsed(['doctor', '--json', '--dev', ...database]);
      expect(doubtful.out).toContain('Its schema is older than this program');
      expect((await parsed(['migrate', 'run', ...database])).out).toBe(`Applied: ${names.join(', ')}.\n`);
      const after = await parsed(['migrate', 'status', ...database]);
      expect([after.code, after.out]).toEqual([0, expect.not.stringMatching(/missing|newer/)]);
      const findings = JSON.parse((await parsed(['doctor', '--json', '--dev', ...database])).out) as object[];
      // The server of the tests does not flush, which the doctor sees.
      expect(findings.filter((one) => 'what' in one && one.what === 'database')).toEqual([
        expect.objectContaining({ level: 'warn', text: expect.stringContaining('fsync off') }),
      ]);
    });

    it('leaves backups to the tools of PostgreSQL', async () => {
      process.env.RINGBACK_DATABASE = database[3];
      try {
        const ran = await parsed(['backup', join(folder, 'copy.db'), '--data', join(folder, 'cluster')]);
        expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('pg_dump')]);
      } finally {
        delete process.env.RINGBACK_DATABASE;
      }
    });

    it('that cannot be reached is an error without the password', async () => {
      const url = 'postgres://ringback:geheim@127.0.0.1:1/x';
      for (const command of [
        ['migrate', 'status'],
        ['doctor', '--dev'],
      ]) {
        const ran = await parsed([...command, '--data', folder, '--database', url]);
        expect([ran.code, ran.out + ran.err]).toEqual([1, expect.not.stringContaining('geheim')]);
        expect(ran.out + ran.err).toContain('postgres://127.0.0.1:1/x cannot be used');
      }
    });
  });
});
