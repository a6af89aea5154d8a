import type { CallEvent } from 'ringback-engine';
import { type CallId, deviceId, requestId, type UserId, userId } from 'ringback-protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallService } from '../../src/calls/call-service.ts';
import { leaseKey } from '../../src/calls/lease-keeper.ts';
import type { Cause } from '../../src/calls/requests.ts';
import { LocalPresence } from '../../src/cluster/local/presence.ts';
import { ping } from '../../src/requests/ping.ts';
import type { SignedInContext } from '../../src/requests/request.ts';
import { leaveKicked } from '../../src/signalling/leave-kicked.ts';
import type { Store } from '../../src/stores/store.ts';
import { eachSharedStore } from '../stores/support/each-store.ts';
import { noWebhooks } from '../support/no-webhooks.ts';
import { testApp } from '../support/test-app.ts';

const app = testApp();
const [alice, bob] = [userId('alice'), userId('bob')];
const phone = deviceId('bob-phone');

eachSharedStore('a device whose socket is at another node than the one that made its step', (scene) => {
  let near: CallService;
  let far: CallService;
  let callId: CallId;
  /** Whether presence says that bob is at the far node. */
  let isFar: boolean;
  /** Runs while presence is asked for bob. */
  let whenAsked: () => void;

  const serviceOf = (store: Store): CallService =>
    new CallService({
      store: store.calls,
      accounts: store.accounts,
      groups: store.groups,
      outbox: noWebhooks,
      bus: {
        isUp: true,
        publish: () => {},
        disconnect: () => {},
        follow: () => {},
        leave: () => {},
        onDeliver: () => {},
      },
      clock: scene.clock,
      observer: {
        started: () => {},
        accepted: () => {},
        ended: () => {},
        failed: (_, error) => {
          throw error;
        },
      },
      among: {
        nodes: store.nodes,
        shared: store.shared as NonNullable<Store['shared']>,
        presence: {
          isElsewhere: async (_, user) => {
            if (user === bob) whenAsked();
            return user === bob && isFar;
          },
        },
      },
    });

  /** Bob answers through the near node, as by a push; his phone is signed in at the far one. */
  beforeEach(async () => {
    isFar = true;
    whenAsked = () => {};
    near = serviceOf(scene.store);
    far = serviceOf(await scene.beside('far'));
    for (const user of [alice, bob]) await scene.store.accounts.ensure(app.sdkAppId, user);
    const started = await near.start(
      app,
      {
        caller: alice,
        robot: false,
        device: deviceId('alice-phone'),
        callees: [bob],
        mediaType: 'Audio',
        chatGroupId: '',
        roomId: '',
        roomIdType: 0,
        userData: '',
        timeout: 30_000,
      },
      causedBy(alice),
    );
    callId = started.callId;
    const accept: CallEvent = { type: 'accept', userId: bob, device: phone };
    await near.apply(app, callId, accept, causedBy(bob));
    return () => {
      near.close();
      far.close();
    };
  });

  /** Bob's phone pings at the far node. */
  const pings = async (): Promise<void> => {
    far.leases.heard(leaseKey(app.sdkAppId, bob, phone));
    const context = {
      services: { calls: far },
      session: { isOpen: true, pingMs: 0 },
      app,
      me: { userId: bob, device: phone },
    };
    await ping.handle(context as unknown as SignedInContext, { callId }, () => {});
  };

  /** Alice is here all the time. What is asked of the database on the way is answered. */
  const pass = async (ms: number): Promise<void> => {
    for (let gone = 0; gone < ms; gone += 1000) {
      scene.clock.advance(1000);
      near.leases.heard(leaseKey(app.sdkAppId, alice, deviceId('alice-phone')));
      for (let n = 0; n < 5; n += 1) await scene.store.calls.read(app.sdkAppId, callId);
    }
  };

  const isLive = async (): Promise<boolean> => (await scene.store.calls.read(app.sdkAppId, callId)) !== undefined;
  const isOver = () => vi.waitFor(async () => expect(await isLive()).toBe(false), 10_000);
  const holder = () => scene.store.shared?.holder(app.sdkAppId, bob, callId);

  it('stays in its call for as long as it pings there, and for 15 s more', async () => {
    for (let n = 0; n < 6; n += 1) {
      await pass(5000);
      await pings();
    }
    expect(await isLive()).toBe(true);
    expect(await holder()).not.toBe(scene.store.nodes.self);
    isFar = false;
    await pass(14_000);
    expect(await isLive()).toBe(true);
    await pass(2000);
    await isOver();
  });

  it('is waited for once more, and no longer, where nothing is heard of it', async () => {
    await pass(18_000);
    expect(await isLive()).toBe(true);
    await pass(3000);
    await isOver();
  });

  it('is gone after 15 s where presence does not know it', async () => {
    isFar = false;
    await pass(14_000);
    expect(await isLive()).toBe(true);
    await pass(2000);
    await isOver();
  });

  it('stays where it comes here at the very moment at which others are asked for it', async () => {
    isFar = false;
    whenAsked = () => near.leases.hold({ app: app.sdkAppId, callId, userId: bob, device: phone });
    await pass(17_000);
    expect(await isLive()).toBe(true);
    whenAsked = () => {};
    await pass(16_000);
    await isOver();
  });

  it('is found again in time also by a node that was slow', async () => {
    await pass(17_000);
    await pings();
    await pass(14_000);
    expect(await isLive()).toBe(true);
  });

  it('pings without a write once its node keeps the lease', async () => {
    await pings();
    const kept = await holder();
    const { size } = far.leases;
    far.leases.release(app.sdkAppId, bob, phone);
    await pings();
    expect([await holder(), size, far.leases.size]).toEqual([kept, 1, 0]);
  });

  describe('whose user was kicked, while presence of each node is its own', () => {
    /** Of the phone's socket at that node, whose sign-in was before the kick. */
    const leave = (calls: CallService): Promise<void> => {
      const me = { sdkAppId: app.sdkAppId, userId: bob, device: phone, platform: 'Web' } as const;
      const device = { app, me, clientIp: '127.0.0.1', since: scene.clock.now() - 60_000 };
      return leaveKicked({ calls, presence: new LocalPresence() }, device);
    };

    it('stays in its call when it has come back at another node, of which only an old socket was left', async () => {
      await pings();
      await leave(near);
      expect(await isLive()).toBe(true);
      await leave(far);
      expect(await isLive()).toBe(false);
    });

    it('leaves the call that its own node has written', async () => {
      await leave(near);
      expect(await isLive()).toBe(false);
    });
  });
});

const causedBy = (actor: UserId): Cause => ({
  cause: 'device',
  actor,
  device: deviceId(`${actor}-phone`),
  requestId: requestId('r1'),
  origin: { clientIp: '127.0.0.1', platform: 'Web' },
});
