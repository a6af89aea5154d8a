import type { Calls } from '../../packages/server/src/calls/calls.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { LaneClaims } from '../../packages/server/src/ports/lane-claims.ts';
import type { Outbox, PendingEvents } from '../../packages/server/src/ports/outbox.ts';
import type { SharedCalls } from '../../packages/server/src/ports/shared-calls.ts';
import type { CallStore } from '../../packages/server/src/ports/store.ts';
import type { leaveKicked } from '../../packages/server/src/signalling/leave-kicked.ts';
import type { Sender } from '../../packages/server/src/webhooks/sender.ts';
import { CallWriter, type StoreOptions } from '../store/call-writer.ts';
import { Database } from '../store/database.ts';

/** The seams at which a planted bug swaps a piece for a faulty one. */
export interface Pieces {
  readonly database: () => Database;
  readonly writer: (options: StoreOptions) => CallWriter;
  readonly store: (real: CallStore) => CallStore;
  /** `sleep`: lets ms of the simulation go by. */
  readonly shared: (real: SharedCalls, sleep: (ms: number) => Promise<void>) => SharedCalls;
  readonly pending: (real: PendingEvents) => PendingEvents;
  readonly claims: (real: LaneClaims) => LaneClaims;
  readonly outbox: (real: Outbox) => Outbox;
  readonly sender: (real: Pick<Sender, 'send' | 'close'>) => Pick<Sender, 'send' | 'close'>;
  /** What devices and REST ask. */
  readonly calls: (real: Calls) => Calls;
  /** How a device that was kicked leaves its call. */
  readonly leave: (real: typeof leaveKicked, sleep: (ms: number) => Promise<void>) => typeof leaveKicked;
  /** `skew`: ms by which the clock of the machine is off. */
  readonly clock: (real: Clock, skew: number) => Clock;
}

const same = <T>(real: T): T => real;

/** Nothing swapped. */
export const soundPieces: Pieces = {
  database: () => new Database(),
  writer: (options) => new CallWriter(options),
  store: same,
  shared: same,
  pending: same,
  claims: same,
  outbox: same,
  sender: same,
  calls: same,
  leave: same,
  clock: same,
};
