import type { Accounts } from '../ports/accounts.ts';
import type { Apps } from '../ports/apps.ts';
import type { Connections } from '../ports/connections.ts';
import type { ConsoleStore } from '../ports/console.ts';
import type { Durability } from '../ports/durability.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Groups } from '../ports/groups.ts';
import type { LaneClaims } from '../ports/lane-claims.ts';
import type { QualityReports } from '../ports/media.ts';
import type { MediaEvents } from '../ports/media-events.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { PendingEvents } from '../ports/outbox.ts';
import type { PushLog, PushProviders, PushRings, PushTokens } from '../ports/push.ts';
import type { RecordSearch } from '../ports/record-search.ts';
import type { Revisions } from '../ports/revisions.ts';
import type { SecretsAtRest } from '../ports/secrets-at-rest.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import type { CallStore } from '../ports/store.ts';

/** Everything that is kept, opened. */
export interface Store {
  readonly calls: CallStore;
  /** Absent where no other process can change them. */
  readonly shared?: SharedCalls;
  /** What operators ask of ended calls. */
  readonly search: RecordSearch;
  readonly apps: Apps;
  readonly accounts: Accounts;
  readonly groups: Groups;
  readonly console: ConsoleStore;
  readonly endpoints: Endpoints;
  /** Webhook events that wait. */
  readonly pendingEvents: PendingEvents;
  /** Who delivers which of them; absent where no other process can. */
  readonly lanes?: LaneClaims;
  /** What devices report of their media. */
  readonly quality: QualityReports;
  /** The rows that hold secrets. */
  readonly secrets: SecretsAtRest;
  /** The processes that share it. A server joins them; a tool does not. */
  readonly nodes: Nodes;
  /** What other nodes have in memory, too; absent where there are none. */
  readonly revisions?: Revisions;
  /** How the database is copied, as far as that is known; absent where it is a file of this machine. */
  readonly durability?: () => Durability | undefined;
  /** Absent where the database is within this process. */
  readonly connections?: Connections;
  /** What became of their media otherwise. */
  readonly mediaEvents: MediaEvents;
  readonly pushProviders: PushProviders;
  readonly pushTokens: PushTokens;
  readonly pushRings: PushRings;
  readonly pushLog: PushLog;
  /** Names of the migrations that ran at this opening. */
  readonly migrated: readonly string[];
  /** Names of migrations that a newer program has applied; this one can work with what they added. */
  readonly newer: readonly string[];
  /** Writes what waits, then closes. */
  close(): Promise<void>;
}
