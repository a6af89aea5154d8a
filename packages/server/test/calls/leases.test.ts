import { callId, deviceId, nodeId, sdkAppId, userId } from 'ringback-protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { leaseKey } from '../../src/calls/lease-keeper.ts';
import { Leases } from '../../src/calls/leases.ts';
import { StoreClock } from '../../src/observe/store-clock.ts';
import { makeSystemClock } from '../../src/observe/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { ManualClock } from '../support/manual-clock.ts';

const app = sdkAppId(1400000001);
const lease = {
  app,
  callId: callId('00000000-0000-4000-8000-000000000001'),
  userId: userId('bob'),
  device: deviceId('phone'),
};

function scene() {
  const clock = new ManualClock();
  const lost: { at: number; nodeDied: boolean }[] = [];
  const start = clock.now();
  const leases = new Leases({
    clock,
    onLost: (_, heritage) => lost.push({ at: clock.now() - start, nodeDied: heritage !== undefined }),
  });
  const wait = (ms: number) => {
    for (let gone = 0; gone < ms; gone += 100) clock.advance(100);
  };
  return { leases, lost, wait };
}

describe('Leases', () => {
  it('a device that is never heard of again is lost after 15 s, once', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    wait(14_900);
    expect(lost).toEqual([]);
    wait(60_000);
    expect(lost).toEqual([{ at: 15_000, nodeDied: false }]);
  });

  it('a device that pings keeps its call for ever, and is lost 15 s after its last word', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    for (let i = 0; i < 1000; i += 1) {
      wait(5000);
      leases.heard(leaseKey(app, lease.userId, lease.device));
    }
    expect(lost).toEqual([]);
    wait(20_000);
    expect(lost).toEqual([{ at: 5_015_000, nodeDied: false }]);
  });

  it('another device of the same user does not keep the lease', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    wait(10_000);
    leases.heard(leaseKey(app, lease.userId, deviceId('tablet')));
    wait(5000);
    expect(lost).toHaveLength(1);
  });

  it('an inherited lease that is never heard of is blamed on the node that died', () => {
    const { leases, lost, wait } = scene();
    leases.inherit(lease, { from: '' });
    wait(15_000);
    expect(lost).toEqual([{ at: 15_000, nodeDied: true }]);
  });

  it('an inherited lease whose device has come back is its own again', () => {
    const { leases, lost, wait } = scene();
    leases.inherit(lease, { from: '' });
    wait(5000);
    leases.heard(leaseKey(app, lease.userId, lease.device));
    wait(15_000);
    expect(lost).toEqual([{ at: 20_000, nodeDied: false }]);
  });

  it('an inherited lease runs on when it is inherited again', () => {
    const { leases, lost, wait } = scene();
    leases.inherit(lease, { from: nodeId('dead') }, 3000);
    wait(10_000);
    leases.inherit(lease, { from: nodeId('dead') }, 3000);
    wait(7900);
    expect(lost).toEqual([]);
    wait(100);
    expect(lost).toEqual([{ at: 18_000, nodeDied: true }]);
  });

  it('a device that was here may have gone to a node that died since: its lease is inherited all the same', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    wait(10_000);
    leases.inherit(lease, { from: nodeId('dead') });
    wait(14_900);
    expect(lost).toEqual([]);
    wait(100);
    expect(lost).toEqual([{ at: 25_000, nodeDied: true }]);
  });

  it('a device that is here is heard of, whatever was inherited meanwhile', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    leases.inherit(lease, { from: nodeId('dead') });
    wait(5000);
    leases.heard(leaseKey(app, lease.userId, lease.device));
    wait(14_900);
    expect(lost).toEqual([]);
    wait(100);
    expect(lost).toEqual([{ at: 20_000, nodeDied: false }]);
  });

  it('ends with the call that it is for, and with no other', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    leases.over({ ...lease, callId: callId('00000000-0000-4000-8000-000000000002') });
    expect(leases.size).toBe(1);
    leases.over(lease);
    expect(leases.size).toBe(0);
    wait(60_000);
    expect(lost).toEqual([]);
  });

  it('a released lease is never lost, and one that is held again runs anew', () => {
    const { leases, lost, wait } = scene();
    leases.hold(lease);
    wait(10_000);
    leases.release(app, lease.userId, lease.device);
    leases.hold(lease);
    wait(10_000);
    expect(lost).toEqual([]);
    leases.release(app, lease.userId, lease.device);
    wait(60_000);
    expect(lost).toEqual([]);
    expect(leases.size).toBe(0);
  });
});

const noon = 1_780_000_000_000;
const hour = 3_600_000;

/** A machine whose time a test sets, and its clock. */
interface Machine {
  wall: number;
  steady: number;
}

/** THE LIST of clocks that servers live by, and how each comes to leap. */
const clocks: readonly { readonly name: string; readonly make: (machine: Machine) => [Clock, leap: () => void] }[] = [
  {
    name: 'the time of this machine',
    make: (machine) => [
      makeSystemClock(
        () => machine.wall,
        () => machine.steady,
      ),
      () => {
        machine.wall += hour;
      },
    ],
  },
  {
    name: 'the time of the store',
    make: (machine) => {
      const clock = new StoreClock(
        () => machine.wall,
        () => machine.steady,
      );
      clock.follow(noon, machine.steady, machine.steady);
      return [clock, () => clock.follow(clock.now() + hour, machine.steady, machine.steady)];
    },
  },
];

for (const { name, make } of clocks) {
  describe(`Leases, when ${name} is set ahead by an hour`, () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it('a device that is heard keeps its call, and one that is silent loses it 15 s after its last word', () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const machine: Machine = { wall: noon, steady: 500 };
      const [clock, leap] = make(machine);
      const lost: (typeof lease.device)[] = [];
      const leases = new Leases({ clock, onLost: ({ device }) => lost.push(device) });
      const pass = (ms: number): void => {
        for (let gone = 0; gone < ms; gone += 100) {
          machine.wall += 100;
          machine.steady += 100;
          vi.advanceTimersByTime(100);
        }
      };
      const gone = { ...lease, device: deviceId('gone') };
      leases.hold(lease);
      leases.hold(gone);
      pass(10_000);
      const before = clock.now();
      leap();
      expect(clock.now() - before).toBeGreaterThanOrEqual(hour);
      pass(3000);
      leases.heard(leaseKey(app, lease.userId, lease.device));
      pass(1900);
      expect(lost).toEqual([]);
      pass(200);
      expect(lost).toEqual(['gone']);
      pass(12_700);
      expect(lost).toEqual(['gone']);
      pass(300);
      expect(lost).toEqual(['gone', 'phone']);
      leases.close();
    });
  });
}
