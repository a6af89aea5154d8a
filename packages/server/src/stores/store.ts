import type { Accounts } from '../ports/accounts.ts';
import type { Apps } from '../ports/apps.ts';
import type { ConsoleStore } from '../ports/console.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Groups } from '../ports/groups.ts';
import type { QualityReports } from '../ports/media.ts';
import type { MediaEvents } from '../ports/media-events.ts';
import type { PendingEvents } from '../ports/outbox.ts';
import type { RecordSearch } from '../ports/record-search.ts';
import type { CallStore } from '../ports/store.ts';

/** Everything that is kept, opened. */
export interface Store {
  readonly calls: CallStore;
  /** What operators ask of ended calls. */
  readonly search: RecordSearch;
  readonly apps: Apps;
  readonly accounts: Accounts;
  readonly groups: Groups;
  readonly console: ConsoleStore;
  readonly endpoints: Endpoints;
  /** Webhook events that wait. */
  readonly pendingEvents: PendingEvents;
  /** What devices report of their media. */
  readonly quality: QualityReports;
  /** What became of their media otherwise. */
  readonly mediaEvents: MediaEvents;
  /** Names of the migrations that ran at this opening. */
  readonly migrated: readonly string[];
  /** Writes what waits, then closes. */
  close(): Promise<void>;
}
