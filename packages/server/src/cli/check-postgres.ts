import { appliedMigrations } from '../stores/postgres-migrate.ts';
import { PostgresPool } from '../stores/postgres-pool.ts';
import { readDurability } from '../stores/postgres-replication.ts';
import { withoutSecret } from '../stores/without-secret.ts';
import { checkSchema } from './check-data.ts';
import { sentenceOf } from './failure.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** ms by which the clock of the server may differ from ours. */
const drift = 2000;

/** A PostgreSQL database: whether it can be had, its schema, and what its settings would lose. */
export async function checkPostgres(url: string): Promise<readonly Finding[]> {
  const where = withoutSecret(url);
  const pool = new PostgresPool(url, { connections: 1 });
  try {
    const before = Date.now();
    const { rows } = await pool.query<{ version: string; fsync: string; now: number; standby: boolean }>(
      `SELECT split_part(version(), ' on ', 1) AS version, current_setting('fsync') AS fsync,
         (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, pg_is_in_recovery() AS standby`,
    );
    const [{ version, fsync, now, standby } = { version: '', fsync: 'on', now: before, standby: false }] = rows;
    const findings: Finding[] = [];
    if (standby) {
      const fix = 'Name the primary, or a balancer that leads to it.';
      findings.push(fail('database', `${where} is a standby, which cannot be written.`, fix));
    }
    const schema = checkSchema(await appliedMigrations(pool));
    if (schema !== undefined) findings.push(schema);
    if (fsync !== 'on') {
      findings.push(
        warn('database', `${where} runs with fsync off: a crash of its machine loses calls.`, 'Set fsync = on.'),
      );
    }
    const { replicas, synchronous } = await readDurability(pool).catch(() => ({ replicas: 0, synchronous: true }));
    if (replicas > 0 && !synchronous) {
      const text = `${where} has ${replicas === 1 ? 'a replica' : `${replicas} replicas`} that it does not wait for.`;
      const fix = 'Set synchronous_standby_names, or a failover may lose calls that were acknowledged.';
      findings.push(warn('database', text, fix));
    }
    const off = now - (before + Date.now()) / 2;
    if (Math.abs(off) > drift) {
      const text = `The clocks of ${where} and of this machine differ by ${Math.round(off / 1000)} s.`;
      findings.push(warn('database', text, 'Keep both right with NTP: nodes must agree on the time.'));
    }
    return findings.length > 0 ? findings : [ok('database', `${where}, ${version}, opens and checks out.`)];
  } catch (error) {
    const fix = 'Look whether the server runs, and whether host, user, password and database name are right.';
    return [fail('database', `${where} cannot be used: ${sentenceOf(error)}.`, fix)];
  } finally {
    await pool.close();
  }
}
