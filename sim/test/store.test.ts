import { nodeId } from 'ringback-protocol';
import { beforeEach, describe } from 'vitest';
import { LanePlacements } from '../../packages/server/src/stores/lane-placements.ts';
import type { Store } from '../../packages/server/src/stores/store.ts';
import { callStoreContract } from '../../packages/server/test/stores/support/call-store-contract.ts';
import type { StoreScene } from '../../packages/server/test/stores/support/each-store.ts';
import { lanesContract } from '../../packages/server/test/stores/support/lanes-contract.ts';
import { sharedCallsContract } from '../../packages/server/test/stores/support/shared-calls-contract.ts';
import type { StoreOptions } from '../store/call-writer.ts';
import { Database } from '../store/database.ts';
import { SimCalls } from '../store/sim-calls.ts';
import { simShared } from '../store/sim-shared.ts';
import { SimPending, simClaims } from '../store/sim-webhooks.ts';
import { Random } from '../world/random.ts';

/** What the contracts ask of a store; the simulation has no more of it. */
type Kept = Pick<Store, 'calls' | 'shared' | 'pendingEvents' | 'lanes'> & {
  readonly nodes: Pick<Store['nodes'], 'self'>;
};

let births = 0;

function openOn(database: Database, name: string): Store {
  births += 1;
  const self = nodeId(`${name}.${births}`);
  const placements = new LanePlacements(self);
  const options: StoreOptions = {
    database,
    line: { ask: async (work) => work() },
    process: { sleep: async () => {} },
    scheduler: { elapsed: 0, now: 0 },
    random: new Random(1),
    self,
    placements,
  };
  const kept: Kept = {
    calls: new SimCalls(options),
    shared: simShared(options),
    pendingEvents: new SimPending(options),
    lanes: simClaims(options),
    nodes: { self },
  };
  return kept as Store;
}

/** A new database with each look at it from a new test. */
function scene(): Pick<StoreScene, 'store' | 'reopen'> & { beside(name: string): Promise<Store>; renew(): void } {
  let database = new Database();
  let store = openOn(database, 'n1');
  return {
    get store() {
      return store;
    },
    reopen: async () => {
      store = openOn(database, 'n1');
    },
    beside: async (name) => openOn(database, name),
    renew: () => {
      database = new Database();
      store = openOn(database, 'n1');
    },
  };
}

describe('the simulated store keeps the contract of all stores', () => {
  const one = scene();
  describe('of calls', () => callStoreContract(one));
});

describe('the simulated store keeps the contract of shared stores', () => {
  const one = scene();
  beforeEach(() => one.renew());
  describe('of calls that others change', () => sharedCallsContract(one));
  describe('of lanes', () => lanesContract(one));
});
