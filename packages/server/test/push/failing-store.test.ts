import { deviceId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushRings } from '../../src/ports/push.ts';
import type { PushService } from '../../src/push/push-service.ts';
import { ok } from '../webhooks/receiver.ts';
import { otherService } from './other-service.ts';
import { PushScene } from './scene.ts';

let own: PushScene;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  own = await PushScene.open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
  await own.close();
});

/** Waits for what goes over a database on disk and a receiver of HTTP: on a busy machine that takes its time. */
const until = <T>(what: () => T) => expect.poll(what, { timeout: 15_000 });

/** What the server told its operator of. */
const failures = () => own.scene.errors.map(({ err }) => err.message);

/** Another node on the store of the scene, which owns none of its rings; it alone hears of what happens from here on. */
async function otherNode(): Promise<PushService> {
  const { store, errors } = own.scene;
  const { pushRings: all } = store;
  const rings: PushRings = {
    claim: (ring) => all.claim(ring),
    acknowledge: (ring) => all.acknowledge(ring),
    isOpen: async () => false,
    sent: async () => false,
    close: (ring) => all.close(ring),
    remove: (ring) => all.remove(ring),
    takeOver: async () => [],
    prune: async () => {},
  };
  const { service: other, close } = otherService(
    own.scene,
    store,
    (error) => errors.push({ err: error }),
    () => ({ rings }),
  );
  vi.spyOn(own.scene.pushes, 'changed').mockImplementation((...what) => other.changed(...what));
  closing.push(close);
  return other;
}

/** Alice rings bob, who has a phone that is away. */
async function ring() {
  await own.phone('bob');
  const alice = await own.scene.device('alice');
  const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
  return { alice, call };
}

describe('a ring for which the database fails at first', () => {
  it.each([
    ['of', 'its tokens are read'],
    ['claim', 'it is claimed'],
  ] as const)('(%s) is pushed a second later when that was where %s', async (method, _) => {
    const { pushTokens, pushRings } = own.scene.store;
    await own.phone('bob');
    const alice = await own.scene.device('alice');
    const failing = method === 'of' ? vi.spyOn(pushTokens, 'of') : vi.spyOn(pushRings, 'claim');
    failing.mockRejectedValueOnce(new Error(`no ${method}`));
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
    await until(failures).toEqual([`no ${method}`]);
    await until(() => own.scene.pushes.underWay).toBe(0);
    expect(own.told).toEqual([]);
    own.scene.clock.advance(1000);
    await until(() => own.notes(call)).toEqual(['decided offline', 'push sent']);
    expect(own.told).toEqual(['ring bob-phone']);
    await until(() => own.scene.pushes.underWay).toBe(0);
    expect(failures()).toHaveLength(1);
  });

  it('waits for silent devices once', async () => {
    await own.phone('bob');
    const alice = await own.scene.device('alice');
    await own.scene.device('bob', 'bob-tablet');
    vi.spyOn(own.scene.store.pushRings, 'claim').mockRejectedValueOnce(new Error('no claim'));
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
    await until(() => own.scene.pushes.underWay).toBe(0);
    own.scene.clock.advance(2000);
    await until(failures).toEqual(['no claim']);
    await until(() => own.scene.pushes.underWay).toBe(0);
    own.scene.clock.advance(1000);
    await until(() => own.notes(call)).toEqual(['decided silent', 'push sent']);
  });

  it('is not claimed any more once it is over', async () => {
    await own.phone('bob');
    const alice = await own.scene.device('alice');
    const claim = vi.spyOn(own.scene.store.pushRings, 'claim').mockRejectedValueOnce(new Error('no claim'));
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
    await until(failures).toEqual(['no claim']);
    await alice.ask('hangUp', { callId: call.callId });
    await until(() => own.scene.pushes.underWay).toBe(0);
    own.scene.clock.advance(2000);
    expect(claim).toHaveBeenCalledTimes(1);
    expect([own.told, failures()]).toEqual([[], ['no claim']]);
  });
});

describe('a database that is away for a moment', () => {
  it('does not end the push of a device whose service asked for another try', async () => {
    own.service.reply = (answer) => answer(own.service.got.length > 1 ? 200 : 503, ok);
    const asked = vi.spyOn(own.scene.store.pushRings, 'isOpen').mockRejectedValueOnce(new Error('no isOpen'));
    const { call } = await ring();
    await until(() => own.notes(call)).toContain('push retry');
    await until(() => own.scene.pushes.underWay).toBe(0);
    own.scene.clock.advance(500);
    await until(() => own.notes(call)).toEqual(['decided offline', 'push retry', 'push sent']);
    expect(asked).toHaveBeenCalled();
    await until(() => own.scene.pushes.underWay).toBe(0);
    expect(failures()).toEqual([]);
  });

  it('does not lose the cancel of a push that could not be noted, when the ring ends later', async () => {
    const noted = vi.spyOn(own.scene.store.pushRings, 'sent').mockRejectedValueOnce(new Error('no sent'));
    const { alice, call } = await ring();
    await until(() => own.notes(call)).toContain('push sent');
    await until(() => own.scene.pushes.underWay).toBe(0);
    own.scene.clock.advance(1000);
    await until(() => noted.mock.calls.length).toBe(2);
    await until(() => own.scene.pushes.underWay).toBe(0);
    await alice.ask('hangUp', { callId: call.callId });
    await until(() => own.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
    await until(() => own.scene.pushes.underWay).toBe(0);
    expect(failures()).toEqual(['no sent']);
  });

  it('does not lose it either when the ring ends before the database is asked again', async () => {
    vi.spyOn(own.scene.store.pushRings, 'sent').mockRejectedValueOnce(new Error('no sent'));
    const { alice, call } = await ring();
    await until(() => own.notes(call)).toContain('push sent');
    await until(() => own.scene.pushes.underWay).toBe(0);
    await alice.ask('hangUp', { callId: call.callId });
    await until(() => own.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
    await until(() => own.scene.pushes.underWay).toBe(0);
    expect(failures()).toEqual(['no sent']);
  });

  it('does not lose it when the ring has ended while its push was being noted', async () => {
    let fail = (): void => {};
    const failing = new Promise<boolean>((_, reject) => {
      fail = () => reject(new Error('no sent'));
    });
    vi.spyOn(own.scene.store.pushRings, 'sent').mockReturnValueOnce(failing);
    const { alice, call } = await ring();
    await until(() => own.notes(call)).toContain('push sent');
    await alice.ask('hangUp', { callId: call.callId });
    await until(() => own.scene.pushes.underWay).toBe(1);
    fail();
    await until(() => own.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
  });
});

describe('a ring of another node that ends here while the database is away', () => {
  /** Bob's phone was pushed by the node of the scene; he answers at the other one, whose database fails so often. */
  async function answer(times: number) {
    const { call } = await ring();
    await until(() => own.notes(call)).toContain('push sent');
    await until(() => own.scene.pushes.underWay).toBe(0);
    const other = await otherNode();
    const close = vi.spyOn(own.scene.store.pushRings, 'close');
    for (let n = 0; n < times; n += 1) close.mockRejectedValueOnce(new Error('no close'));
    const bob = await own.scene.device('bob', deviceId('bob-tablet'));
    await bob.ask('accept', { callId: call.callId });
    await until(() => close.mock.calls.length).toBe(1);
    await until(() => other.underWay).toBe(0);
    for (let n = 1; n < Math.min(times + 1, 3); n += 1) {
      expect(own.told).toEqual(['ring bob-phone']);
      own.scene.clock.advance(1000);
      await until(() => close.mock.calls.length).toBe(n + 1);
      await until(() => other.underWay).toBe(0);
    }
    return { close };
  }

  it.each([1, 2])('is taken back by it as soon as the database answers, after %i failures', async (times) => {
    await answer(times);
    await until(() => own.told).toEqual(['ring bob-phone', 'cancel bob-phone answered']);
    expect(failures()).toEqual(['no close']);
  });

  it('is given up after three', async () => {
    const { close } = await answer(3);
    own.scene.clock.advance(5000);
    expect(close).toHaveBeenCalledTimes(3);
    expect(own.told).toEqual(['ring bob-phone']);
    expect(failures()).toEqual(['no close', 'no close']);
  });
});
