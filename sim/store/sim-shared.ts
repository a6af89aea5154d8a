import type { NodeId } from 'ringback-protocol';
import type { SharedCalls } from '../../packages/server/src/ports/shared-calls.ts';
import type { SqlAnswer, SqlSession, SqlValue } from '../../packages/server/src/stores/sql-database.ts';
import type { StoreOptions } from './call-writer.ts';
import { callKey } from './database.ts';

/** What nodes ask about each other's calls. */
export function simShared({ line, database, self }: StoreOptions): SharedCalls {
  return {
    keep: (app, userId, callId) => line.ask(() => database.keep(app, userId, callId, self)),
    holder: (app, userId, callId) => line.ask(() => database.holder(app, userId, callId)),
    heldBy: (node, after, limit) => line.ask(() => database.heldBy(node, after, limit)),
    heldCount: (node) => line.ask(() => database.heldCount(node)),
    overdue: (before, limit) => line.ask(() => database.overdue(before, limit)),
    versions: (calls) =>
      line.ask(() => calls.map(({ app, callId }) => database.calls.get(callKey(app, callId))?.call.version ?? 0)),
    changedSince: (at, limit) => line.ask(() => database.changedSince(at, limit)),
  };
}

/** The table of nodes, for the signs of life of the product: its statements, by how they begin. */
export function simPulse({ line, database, scheduler }: StoreOptions): SqlSession {
  const { nodes, seats } = database;
  const run = (text: string, values: readonly SqlValue[]): readonly unknown[] => {
    const id = values[0] as NodeId;
    if (text.startsWith('WITH me AS')) {
      nodes.set(id, { aliveAt: Math.floor(scheduler.now), bus: values[1] as number });
      const others = [...nodes].filter(([other]) => other !== id);
      return others.map(([other, { aliveAt, bus }]) => ({
        id: other,
        alive_at: aliveAt,
        bus,
        joined_at: 0,
      }));
    }
    if (text.startsWith('UPDATE nodes SET alive_at = 0')) {
      const node = nodes.get(id);
      if (node !== undefined) node.aliveAt = 0;
    } else if (text.startsWith('WITH gone AS')) {
      const isHeld = [...seats.values()].some((seat) => seat.holder === id && seat.status === 'Calling');
      if (!isHeld) nodes.delete(id);
    } else if (!text.includes('node_secrets'))
      throw new Error(`The simulated database does not know this statement: ${text}`);
    return [];
  };
  return {
    query: async <Row>(text: string, values: readonly SqlValue[] = []): Promise<SqlAnswer<Row>> => {
      const rows = (await line.ask(() => run(text, values))) as readonly Row[];
      return { rows, count: rows.length };
    },
  };
}
