import { type NodeId, nodeId } from 'ringback-protocol';
import type { AppSettings } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import { databasePath } from './database-path.ts';
import { nodeName } from './node-name.ts';
import { Secrets } from './secrets.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/**
 * Opens what an installation keeps: in the PostgreSQL database `database`, or when that is empty, embedded in the data
 * directory. `onFatal` is called when memory has run ahead of the disk, which only the embedded one can.
 * Rejects with a sentence for the operator.
 */
export async function openStores(options: {
  readonly data: string;
  readonly database: string;
  /** Who counts records, when it is not the node of this data directory. */
  readonly node?: NodeId;
  readonly clock: Clock;
  readonly appDefaults: AppSettings;
  /** Accounts of an application, deleted ones included. */
  readonly maxAccounts: number;
  /** Base64 of 32 bytes each, or empty: what encrypts secrets, and one that is only read with. */
  readonly masterKey: string;
  readonly otherKey: string;
  readonly onFatal: (error: Error) => void;
}): Promise<Store> {
  const { data, database, clock, appDefaults, maxAccounts, onFatal } = options;
  const common = { clock, appDefaults, maxAccounts, secrets: new Secrets(options) };
  if (database !== '') {
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres({ ...common, url: database, node: options.node ?? nodeName(data) });
  }
  const node = options.node ?? nodeId('local');
  return openSqlite({ ...common, path: databasePath(data), node, onFatal });
}
