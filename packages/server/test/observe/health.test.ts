import { nodeId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { Health, type HealthOptions } from '../../src/observe/health.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { StoreClock } from '../../src/observe/store-clock.ts';
import type { Durability } from '../../src/ports/durability.ts';
import { localNodes } from '../../src/stores/local-nodes.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A node among others, in a world that a test makes better and worse. */
function scene() {
  const clock = new ManualClock();
  const world = {
    outFor: 0,
    silentFor: 0,
    refusedFor: 0,
    allTell: true,
    isUp: true,
    state: 'ready' as ReturnType<HealthOptions['state']>,
    durability: { replicas: 1, synchronous: true } as Durability | undefined,
  };
  const self = nodeId('n1');
  const nodes = {
    ...localNodes(self),
    living: () => [self, nodeId('n2')],
    get outFor() {
      return world.outFor;
    },
    get allTell() {
      return world.allTell;
    },
  };
  const bus = {
    get isUp() {
      return world.isUp;
    },
  };
  const connections = {
    get silentFor() {
      return world.silentFor;
    },
    get refusedFor() {
      return world.refusedFor;
    },
  };
  const lines: string[] = [];
  const log = {
    info: (_: object, text: string) => lines.push(text),
    warn: (_: object, text: string) => lines.push(text),
  };
  const metrics = new Metrics();
  const health = new Health({
    clock,
    state: () => world.state,
    shared: { nodes, durability: () => world.durability },
    connections,
    bus,
    log,
    metrics,
  });
  health.open();
  return { clock, world, health, lines, metrics };
}

describe('Health', () => {
  it('has nothing to say where nothing is wrong', () => {
    const { health } = scene();
    expect([health.ready, health.concerns()]).toEqual([true, []]);
    expect(health.detail()).toMatchObject({ status: 'ready', node: 'n1', living: ['n1', 'n2'], redis: 'reached' });
  });

  it('takes no requests without its database, and says since when', () => {
    const { health, world, clock, lines, metrics } = scene();
    world.outFor = 5000;
    clock.advance(1000);
    expect(health.ready).toBe(false);
    expect(health.concerns()[0]).toMatchObject({ part: 'database', level: 'down', since: clock.now() - 5000 });
    expect(metrics.databaseUp.cell().n).toBe(0);
    world.outFor = 0;
    clock.advance(1000);
    expect(health.ready).toBe(true);
    expect(lines).toEqual(['The database is out of reach.', 'in order again']);
  });

  it('takes no requests while its connections hang, though its signs of life are written', () => {
    const { health, world, clock, lines, metrics } = scene();
    world.silentFor = 4000;
    clock.advance(1000);
    expect(health.ready).toBe(true);
    world.silentFor = 6000;
    clock.advance(1000);
    expect(health.ready).toBe(false);
    expect(health.concerns()).toMatchObject([{ part: 'database', level: 'down', since: clock.now() }]);
    expect(metrics.databaseUp.cell().n).toBe(0);
    // When nothing goes through, that is said once.
    world.outFor = 7000;
    world.refusedFor = 9000;
    clock.advance(1000);
    expect(health.concerns()).toHaveLength(1);
    // When it comes back, the others follow a moment later: that is not to be told.
    world.outFor = 0;
    clock.advance(1000);
    expect([health.ready, health.concerns()]).toEqual([true, []]);
    [world.silentFor, world.refusedFor] = [0, 0];
    clock.advance(1000);
    expect(lines).toEqual([
      expect.stringContaining('its connections hang'),
      'The database is out of reach.',
      'in order again',
      'in order again',
    ]);
  });

  it('warns when the database takes no more connections, and works on with those that it has', () => {
    const { health, world } = scene();
    world.refusedFor = 4000;
    expect(health.concerns()).toEqual([]);
    world.refusedFor = 6000;
    expect(health.ready).toBe(true);
    expect(health.concerns()).toMatchObject([{ part: 'database', level: 'warning' }]);
    expect(health.concerns()[0]?.text).toContain('takes no more connections');
  });

  it('stays ready without Redis, and says so, also when it is another node that has lost it', () => {
    const { health, world, clock, metrics } = scene();
    const since = clock.now() + 1000;
    world.isUp = false;
    clock.advance(5000);
    expect(health.ready).toBe(true);
    expect(health.concerns()).toMatchObject([{ part: 'redis', level: 'warning', since }]);
    expect([metrics.redisUp.cell().n, metrics.ready.cell().n]).toEqual([0, 1]);
    world.isUp = true;
    world.allTell = false;
    expect(health.concerns()[0]?.text).toContain('Another node has lost Redis');
  });

  it('warns of replicas that the database does not wait for, and notes that there are none', () => {
    const { health, world } = scene();
    world.durability = { replicas: 2, synchronous: false };
    expect(health.concerns()).toMatchObject([{ part: 'database', level: 'warning' }]);
    expect(health.concerns()[0]?.text).toContain('synchronous_standby_names');
    world.durability = { replicas: 0, synchronous: false };
    expect(health.concerns()).toMatchObject([{ part: 'database', level: 'note' }]);
    expect(health.ready).toBe(true);
  });

  it('is not ready while the server starts, stops, or has failed', () => {
    const { health, world } = scene();
    for (const state of ['starting', 'stopping', 'broken'] as const) {
      world.state = state;
      expect(health.ready).toBe(false);
    }
  });

  it('says by how much the clock of the machine was off', () => {
    const clock = new StoreClock(
      () => 1_700_000_030_000,
      () => 0,
    );
    clock.follow(1_700_000_000_000, 0, 0);
    const log = { info: () => {}, warn: () => {} };
    const health = new Health({ clock, state: () => 'ready', log, metrics: new Metrics() });
    expect(health.concerns()[0]?.text).toContain('30 s ahead of that of the database');
    expect(health.detail()).toMatchObject({ clockOffMs: 30_000 });
  });
});
