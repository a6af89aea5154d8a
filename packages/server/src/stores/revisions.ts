import type { NodeId } from 'ringback-protocol';
import type { SqlSession } from './sql-database.ts';

/** What all nodes have in memory. */
export type RevisedKind = 'apps' | 'endpoints' | 'console' | 'push';

/**
 * Tells other nodes of a change once it is written. It is waited for behind the turns of a store: the next change has nothing
 * to do with it.
 */
export type Tell = () => Promise<void>;

/** Where there is nobody to be told. */
export const tellNobody: Tell = async () => {};

/** Notes in the transaction of a change that others must read `kind` again. Each node counts in a row of its own. */
export async function revise(session: SqlSession, kind: RevisedKind, node: NodeId): Promise<void> {
  await session.query(
    `INSERT INTO revisions (kind, node, n) VALUES ($1, $2, 1)
     ON CONFLICT (kind, node) DO UPDATE SET n = revisions.n + 1`,
    [kind, node],
  );
}

/** How often each kind was changed, by all nodes together. */
export async function readRevisions(session: SqlSession): Promise<ReadonlyMap<string, number>> {
  const { rows } = await session.query<{ kind: string; n: number }>(
    'SELECT kind, sum(n)::bigint AS n FROM revisions GROUP BY kind',
  );
  return new Map(rows.map(({ kind, n }) => [kind, n]));
}
