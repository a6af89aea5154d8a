import { connect } from 'node:net';
import { deviceId, userId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeUserSig } from '../../src/auth/usersig.ts';
import type { AppKey } from '../../src/ports/apps.ts';
import { type Scene, type SceneOptions, Stage, until } from './support.ts';

describe('signing in', () => {
  const stage = new Stage();
  let scene: Scene;
  const open = async (options: SceneOptions = {}) => {
    scene = await stage.open(options);
  };

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  const signInParams = async ({ name, deviceId }: { readonly name: string; readonly deviceId: string }) => ({
    sdkAppId: scene.app.sdkAppId,
    userId: name,
    userSig: scene.userSig(name),
    platform: 'Web',
    deviceId,
  });

  const single = { overrides: { multiDevice: 'single' as const } };

  it('tells the time, how often to ping, and who one is; the account is made by it', async () => {
    await open();
    const alice = await scene.connect('alice');
    expect(await alice.signIn()).toEqual({
      serverTime: scene.clock.now(),
      pingMs: 25_000,
      leaseMs: 15_000,
      user: { nick: '', avatar: '' },
      callHere: false,
    });
    const found = await scene.store.accounts.find(scene.app.sdkAppId, [userId('alice')]);
    expect(found.has(userId('alice'))).toBe(true);
    const devices = await scene.presence.devices(scene.app.sdkAppId, [userId('alice')]);
    expect(devices.get(userId('alice'))).toEqual([
      { device: 'alice-phone', platform: 'Web', since: scene.clock.now() },
    ]);
    expect(scene.signalling.devices).toBe(1);
  });

  it('is for pages of the listed origins only, and for devices that are no browsers', async () => {
    await open({ app: { allowOrigins: ['https://app.example.com'] } });
    const from = (device: string, origin: string) => scene.connect('alice', device, { origin });
    expect(await (await from('one', 'https://app.example.com')).signIn()).toMatchObject({ callHere: false });
    expect(await (await scene.connect('alice', 'phone')).signIn()).toMatchObject({ callHere: false });
    const other = await from('two', 'https://evil.example.org');
    const { code, data, message } = (await other.tell('signIn', await signInParams(other))).error;
    expect({ code, name: data.name }).toEqual({ code: -1203, name: 'not_allowed' });
    expect(message).toContain('https://evil.example.org');
  });

  it('is refused to a new user where the application has as many as it can have, and to no other one', async () => {
    await open({ maxAccounts: 10 });
    for (let n = 0; n < 10; n += 1) await scene.device(`user-${n}`);
    const late = await scene.connect('late');
    const { code, data, message } = (await late.tell('signIn', await signInParams(late))).error;
    expect({ code, data }).toEqual({ code: 70398, data: { name: 'not_allowed', reason: 'accounts_too_many' } });
    expect(message).toContain('limits.accounts');
    expect(await (await scene.connect('user-7', 'tablet')).signIn()).toMatchObject({ callHere: false });
  });

  it('rings a device that signs in while its user is being called', async () => {
    await open();
    const alice = await scene.device('alice');
    await scene.accounts('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', userData: 'late' });
    const bob = await scene.connect('bob');
    const { call, callHere, pingMs } = await bob.signIn();
    expect({ callId: call.callId, callHere, pingMs }).toEqual({ callId, callHere: true, pingMs: 25_000 });
    expect(await bob.hears('callReceived')).toEqual(call);
    expect(bob.log).toEqual(['answer signIn', 'callReceived']);
    await bob.ask('accept', { callId });
    expect(bob.log.slice(2)).toEqual(['answer accept', 'callChanged']);
  });

  it('shows a second device the call that the first one holds, without offering it', async () => {
    await open();
    const alice = await scene.device('alice');
    await scene.accounts('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    const tablet = await scene.connect('alice', 'alice-tablet');
    const { call, callHere } = await tablet.signIn();
    expect({ callId: call.callId, callHere }).toEqual({ callId, callHere: false });
    expect(tablet.log).toEqual(['answer signIn']);
  });

  it('gives notices that arrive during the sign-in after its answer, and rings once', async () => {
    let hold: (() => void) | undefined;
    await open({
      calls: (calls) =>
        new Proxy(calls, {
          get: (target, name) => {
            if (name !== 'callOf') return Reflect.get(target, name).bind(target);
            return async (...args: Parameters<typeof calls.callOf>) => {
              if (args[1] === 'bob' && hold === undefined) {
                await new Promise<void>((resolve) => {
                  hold = resolve;
                });
              }
              return target.callOf(...args);
            };
          },
        }),
    });
    const alice = await scene.device('alice');
    const bob = await scene.connect('bob');
    const signingIn = bob.signIn();
    await until(() => (hold === undefined ? 'not asked for the call yet' : undefined));
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bob.log).toEqual([]);
    hold?.();
    expect((await signingIn).call.callId).toBe(callId);
    await bob.hears('callReceived');
    await bob.ask('ping');
    expect(bob.log).toEqual(['answer signIn', 'callReceived', 'answer ping']);
  });

  it('rings a device that is called while other nodes are not heard yet, and waits no longer than 500 ms for them', async () => {
    await open();
    const alice = await scene.device('alice');
    await scene.accounts('bob');
    let followed = (): void => {};
    let follows = false;
    const { follow } = scene.bus;
    onTestFinished(() => {
      scene.bus.follow = follow;
    });
    scene.bus.follow = () => {
      follows = true;
      return new Promise<void>((resolve) => {
        followed = resolve;
      });
    };
    const bob = await scene.connect('bob');
    const signingIn = bob.signIn();
    await until(() => (follows ? undefined : 'has not signed in yet'));
    // What another node publishes now does not come here.
    const { publish } = scene.bus;
    scene.bus.publish = () => {};
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    scene.bus.publish = publish;
    followed();
    expect((await signingIn).call.callId).toBe(callId);
    await bob.hears('callReceived');

    follows = false;
    const carol = await scene.connect('carol');
    const slow = carol.signIn();
    await until(() => (follows ? undefined : 'has not signed in yet'));
    scene.clock.advance(499);
    await alice.ask('ping');
    expect(carol.log).toEqual([]);
    scene.clock.advance(1);
    expect(await slow).toMatchObject({ callHere: false });
  });

  it('leaves the call of a device alone that has gone elsewhere meanwhile', async () => {
    let hold: (() => void) | undefined;
    let slow = false;
    const kept: string[] = [];
    await open({
      calls: (calls) =>
        new Proxy(calls, {
          get: (target, name) => {
            if (name === 'keep') return async (...[, user]: Parameters<typeof calls.keep>) => void kept.push(user);
            if (name !== 'callOf') return Reflect.get(target, name).bind(target);
            return async (...args: Parameters<typeof calls.callOf>) => {
              const call = await target.callOf(...args);
              if (slow) {
                await new Promise<void>((resolve) => {
                  hold = resolve;
                });
              }
              return call;
            };
          },
        }),
    });
    const alice = await scene.device('alice');
    await scene.accounts('bob');
    await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    alice.drop();
    const back = await scene.connect('alice');
    await back.signIn();
    expect(kept).toEqual(['alice']);
    slow = true;
    const again = await scene.connect('alice');
    const signingIn = again.tell('signIn', await signInParams(again));
    signingIn.catch(() => {});
    await until(() => (hold === undefined ? 'not asked for the call yet' : undefined));
    scene.bus.disconnect(scene.app.sdkAppId, { userId: userId('alice') }, 4006);
    await again.closed();
    hold?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(kept).toEqual(['alice']);
  });

  it.each([
    ['the call of its user is looked up', 'Windows'],
    ['the other device of its platform is kicked', 'iOS'],
  ])('fails whole when the database fails while %s: the device is sent away to come back', async (_, platform) => {
    const failing = new Set<number>();
    let asked = 0;
    await open({
      app: single,
      calls: (calls) =>
        new Proxy(calls, {
          get: (target, name) => {
            if (name !== 'callOf') return Reflect.get(target, name).bind(target);
            return async (...args: Parameters<typeof calls.callOf>) => {
              asked += 1;
              if (failing.has(asked)) throw new Error('The database is out of reach.');
              return target.callOf(...args);
            };
          },
        }),
    });
    const old = await scene.device('alice', 'old-phone', 'iOS');
    failing.add(asked + 1);
    const alice = await scene.connect('alice', 'new-phone');
    const refused = alice.refusal('signIn', params(scene, { deviceId: 'new-phone', platform }));
    expect(await refused).toMatchObject({ code: 101001, name: 'overloaded' });
    expect([await alice.closed(), JSON.parse(alice.closeReason)]).toEqual([1012, { retryMs: 3000 }]);
    const online = async () =>
      (await scene.presence.devices(scene.app.sdkAppId, [userId('alice')]))
        .get(userId('alice'))
        ?.map((one) => one.device);
    expect([await online(), scene.signalling.devices]).toEqual([['old-phone'], 1]);
    expect(old.isOpen).toBe(true);
    const again = await scene.device('alice', 'new-phone', 'iOS');
    expect(await old.closed()).toBe(4004);
    expect([await again.ask('ping'), await online()]).toEqual([{}, ['new-phone']]);
  });

  it('goes on as it was when the database fails while a signature is renewed', async () => {
    let fails = false;
    await open({
      calls: (calls) =>
        new Proxy(calls, {
          get: (target, name) => {
            if (name !== 'callOf') return Reflect.get(target, name).bind(target);
            return async (...args: Parameters<typeof calls.callOf>) => {
              if (fails) throw new Error('The database is out of reach.');
              return target.callOf(...args);
            };
          },
        }),
    });
    const alice = await scene.device('alice');
    fails = true;
    expect(await alice.refusal('signIn', params(scene))).toMatchObject({ code: 101001, name: 'overloaded' });
    fails = false;
    expect([await alice.ask('ping'), alice.isOpen]).toEqual([{}, true]);
  });

  it('takes a signature that does not say when it was made, unless its user was kicked', async () => {
    await open();
    const alice = await scene.connect('alice');
    const params = { ...(await signInParams(alice)), userSig: timelessSig(scene) };
    expect((await alice.tell('signIn', params)).result).toMatchObject({ callHere: false });
    await scene.store.accounts.revoke(scene.app.sdkAppId, userId('alice'), 1);
    expect(await (await scene.connect('alice')).refusal('signIn', params)).toMatchObject({ code: 70052 });
  });

  it.each([
    ['expired', 70001, 'usersig_expired'],
    ['illegal', 70003, 'usersig_illegal'],
    ['of another key', 70009, 'usersig_mismatch'],
    ['of another user', 70013, 'identifier_mismatch'],
    ['of an application that does not exist', 60006, 'app_unknown'],
    ['revoked', 70052, 'usersig_revoked'],
  ])(
    'refuses a signature that is %s with the number of the REST API, then closes with 4003',
    async (how, code, reason) => {
      await open();
      const alice = await scene.connect('alice');
      let change: object = {};
      if (how === 'expired') change = { userSig: lateSig(scene) };
      if (how === 'illegal') change = { userSig: 'rubbish' };
      if (how === 'of another key') change = { userSig: foreignSig(scene) };
      if (how === 'of another user') change = { userSig: scene.userSig('bob') };
      if (how === 'of an application that does not exist') change = { sdkAppId: 7 };
      if (how === 'revoked') {
        await scene.store.accounts.revoke(scene.app.sdkAppId, userId('alice'), Math.floor(scene.clock.now() / 1000));
      }
      const refused = alice.refusal('signIn', params(scene, change));
      expect(await refused).toEqual({ code, name: 'bad_signature', reason });
      expect(await alice.closed()).toBe(4003);
      expect(JSON.stringify(alice.frames)).not.toContain(scene.userSig('alice').slice(0, 20));
    },
  );

  it('refuses those whose application is disabled, and cuts those who are in', async () => {
    await open();
    const alice = await scene.device('alice');
    await scene.store.apps.save({ ...scene.app, disabled: true });
    expect(await alice.hears('kickedOut')).toEqual({ reason: 'appDisabled' });
    expect(await alice.closed()).toBe(4005);
    const bob = await scene.connect('bob');
    expect(await bob.refusal('signIn', params(scene, {}, 'bob'))).toMatchObject({ code: 60016, name: 'bad_signature' });
  });

  describe('by a key that is removed', () => {
    const [leaked, fresh] = ['k1', 'k2'].map((id) => ({ id, secret: id.repeat(32), createdAt: 1 })) as [AppKey, AppKey];
    const openWithTwo = () => open({ app: { keys: [leaked, fresh] } });
    const change = (keys: readonly AppKey[]) => scene.store.apps.save({ ...scene.app, keys });
    const freshSig = (name: string): string => {
      const now = Math.floor(scene.clock.now() / 1000);
      return makeUserSig({ sdkAppId: scene.app.sdkAppId, userId: name, key: fresh.secret, expire: 86_400, now });
    };

    it('is over at once with 4003, and does not come back; whoever has one of another key stays', async () => {
      await openWithTwo();
      const thief = await scene.device('alice', 'thief');
      const renewed = await scene.device('alice', 'renewed');
      await renewed.signIn({ userSig: freshSig('alice') });
      const alice = await scene.connect('alice');
      await alice.signIn({ userSig: freshSig('alice') });
      await change([fresh]);
      expect(await thief.closed()).toBe(4003);
      const again = await scene.connect('alice', 'thief');
      const refused = again.refusal('signIn', params(scene, { deviceId: 'thief' }));
      expect(await refused).toMatchObject({ code: 70009, name: 'bad_signature' });
      await scene.pass(2000);
      expect([await alice.ask('ping'), await renewed.ask('ping')]).toEqual([{}, {}]);
    });

    it('is over also when another key has taken its name', async () => {
      await openWithTwo();
      const thief = await scene.device('alice', 'thief');
      await change([leaked, { ...fresh, secret: 'other'.repeat(10) }]);
      expect(await thief.ask('ping')).toEqual({});
      await change([{ ...leaked, secret: fresh.secret }]);
      expect(await thief.closed()).toBe(4003);
    });

    it('is out of its call when its lease is over; who comes back by another key goes on in it', async () => {
      await openWithTwo();
      const ring = async (caller: string, callee: string) => {
        const [one, other] = [await scene.device(caller), await scene.connect(callee)];
        await other.signIn({ userSig: freshSig(callee) });
        const { callId } = await one.ask('call', { callees: [callee], mediaType: 'Audio' });
        await other.hears('callReceived');
        await other.ask('accept', { callId });
        other.forget();
        return { callId, one, other };
      };
      const [stolen, honest] = [await ring('alice', 'bob'), await ring('carol', 'dave')];
      await change([fresh]);
      expect([await stolen.one.closed(), await honest.one.closed()]).toEqual([4003, 4003]);
      const carol = await scene.connect('carol');
      const { call, callHere } = await carol.signIn({ userSig: freshSig('carol') });
      expect({ callId: call.callId, callHere }).toEqual({ callId: honest.callId, callHere: true });
      await scene.pass(16_000, [carol, stolen.other, honest.other]);
      expect(await stolen.other.hears('callEnded')).toMatchObject({ userId: 'alice', result: 'Offline' });
      expect(honest.other.log).not.toContain('callEnded');
    });

    it('begins nothing new when the key goes while it signs in, and is over with the next look', async () => {
      await openWithTwo();
      await scene.accounts('alice', 'bob');
      const { accounts } = scene.store;
      const ensure = accounts.ensure.bind(accounts);
      const spy = vi.spyOn(accounts, 'ensure').mockImplementationOnce(async (...asked) => {
        await change([fresh]);
        return ensure(...asked);
      });
      onTestFinished(() => spy.mockRestore());
      const thief = await scene.device('alice', 'thief');
      const call = thief.refusal('call', { callees: ['bob'], mediaType: 'Audio' });
      expect(await call).toMatchObject({ code: 70009, name: 'bad_signature' });
      await scene.pass(1000);
      expect(await thief.closed()).toBe(4003);
    });
  });

  it('names what is missing or wrong in the request, and lets the device try again', async () => {
    await open();
    const alice = await scene.connect('alice');
    const good: Record<string, unknown> = params(scene);
    const { deviceId: _, ...incomplete } = good;
    expect(await alice.refusal('signIn', incomplete)).toEqual({ code: -32602, name: 'bad_params', field: 'deviceId' });
    expect(await alice.refusal('signIn', { ...good, deviceId: 'a/b' })).toMatchObject({ field: 'deviceId' });
    expect(await alice.refusal('signIn', { ...good, platform: 'RESTAPI' })).toMatchObject({ field: 'platform' });
    expect(await alice.refusal('signIn', { ...good, sdkAppId: '1400000001' })).toMatchObject({ field: 'sdkAppId' });
    expect(await alice.ask('signIn', good)).toMatchObject({ pingMs: 25_000 });
  });

  it('is asked for before anything else', async () => {
    await open();
    const alice = await scene.connect('alice');
    expect(await alice.refusal('call', { callees: ['bob'], mediaType: 'Audio' })).toEqual({
      code: -1201,
      name: 'not_signed_in',
    });
    expect(await alice.refusal('ping')).toMatchObject({ name: 'not_signed_in' });
  });

  it('carries out what was sent right behind it, in order', async () => {
    await open();
    const alice = await scene.connect('alice');
    const [signedIn, pinged, profile] = await Promise.all([
      alice.signIn(),
      alice.ask('ping'),
      alice.ask('profile', { userIds: ['alice'] }),
    ]);
    expect(signedIn.pingMs).toBe(25_000);
    expect(pinged).toEqual({});
    expect(profile).toHaveLength(1);
    expect(alice.log).toEqual(['answer signIn', 'answer ping', 'answer profile']);
  });

  it('of the same device closes the older socket with 4004, and the call goes on', async () => {
    await open();
    const bob = await scene.device('bob');
    const old = await scene.device('alice');
    const { callId } = await old.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    bob.forget();
    const alice = await scene.connect('alice');
    const { call, callHere, pingMs } = await alice.signIn();
    expect({ callId: call.callId, callHere, pingMs }).toEqual({ callId, callHere: true, pingMs: 5000 });
    expect(await old.hears('kickedOut')).toEqual({ reason: 'newerSignIn' });
    expect(await old.closed()).toBe(4004);
    const devices = await scene.presence.devices(scene.app.sdkAppId, [userId('alice')]);
    expect(devices.get(userId('alice'))).toHaveLength(1);
    await scene.pass(16_000, [alice, bob]);
    expect(bob.log).not.toContain('callEnded');
    await alice.ask('hangUp', { callId });
    expect(await bob.hears('callEnded')).toMatchObject({ reason: 1, result: 'NormalEnd' });
  });

  it('lets all devices of a user be signed in, whatever their platform', async () => {
    await open();
    const phone = await scene.device('alice', 'phone', 'iOS');
    await scene.device('alice', 'other-phone', 'iOS');
    expect(await phone.ask('ping')).toEqual({});
    expect(scene.signalling.devices).toBe(2);
  });

  it('tells other nodes since when, so that what they hear late costs nobody the socket who came later', async () => {
    await open({ app: single });
    const { disconnect } = scene.bus;
    onTestFinished(() => {
      scene.bus.disconnect = disconnect;
    });
    const told: unknown[] = [];
    scene.bus.disconnect = (app, to, code, frame, until) => {
      told.push([to.device, code, until]);
      disconnect.call(scene.bus, app, to, code, frame, until);
    };
    const first = scene.clock.now();
    await scene.device('alice', 'old-phone', 'iOS');
    scene.clock.advance(5000);
    const phone = await scene.device('alice', 'phone', 'iOS');
    // Whoever has signed in on the old phone before the new one did, on whatever node: those compare with an allowance of 100 ms.
    expect(told).toEqual([
      ['old-phone', 4004, first],
      ['phone', 4004, first + 5000],
      ['old-phone', 4004, first + 5000 - 100],
    ]);
    disconnect.call(scene.bus, scene.app.sdkAppId, { userId: userId('alice') }, 4005, undefined, first);
    expect(await phone.ask('ping')).toEqual({});
    disconnect.call(scene.bus, scene.app.sdkAppId, { userId: userId('alice') }, 4005, undefined, first + 5000);
    expect(await phone.closed()).toBe(4005);
  });

  it('kicks the other device of the same platform out of its call where only one may be in', async () => {
    await open({ app: single });
    const bob = await scene.device('bob');
    const old = await scene.device('alice', 'old-phone', 'iOS');
    const desk = await scene.device('alice', 'desk', 'Windows');
    const { callId } = await old.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    old.forget();
    const alice = await scene.connect('alice', 'new-phone');
    const { call, callHere } = await alice.signIn({ platform: 'iOS' });
    expect({ call, callHere }).toEqual({ call: undefined, callHere: false });
    expect(await old.closed()).toBe(4004);
    expect(old.log.slice(-2)).toEqual(['callEnded', 'kickedOut']);
    expect(await bob.hears('callEnded')).toMatchObject({ reason: 1, userId: 'alice', result: 'NormalEnd' });
    expect(desk.isOpen).toBe(true);
  });

  /** What a node is told of who is online, once, while it is behind the others. */
  const behind = (listed: () => Promise<readonly (readonly [device: string, since: number])[]>): void => {
    const { devices } = scene.presence;
    onTestFinished(() => {
      scene.presence.devices = devices;
    });
    scene.presence.devices = async (_, [user]) => {
      scene.presence.devices = devices;
      const list = (await listed()).map(
        ([name, since]) => ({ device: deviceId(name), platform: 'iOS', since }) as const,
      );
      return new Map(user === undefined ? [] : [[user, list]]);
    };
  };

  it('kicks the other device also where it moved to another node a moment before, which is not known yet', async () => {
    await open({ app: single });
    const first = scene.clock.now();
    scene.clock.advance(5000);
    const moved = await scene.device('alice', 'old-phone', 'iOS');
    scene.clock.advance(1);
    behind(async () => [
      ['old-phone', first],
      ['new-phone', first + 5001],
    ]);
    const phone = await scene.device('alice', 'new-phone', 'iOS');
    expect(await moved.closed()).toBe(4004);
    expect(await phone.ask('ping')).toEqual({});
  });

  it.each([
    ['50 ms later', 'old-phone', 50],
    ['in the same millisecond, of which the second by name stays,', 'a-phone', 0],
    ['in the same millisecond, of which the second by name stays,', 'z-phone', 0],
  ])('leaves one of two devices when the other moves to another node %s (%s)', async (_, name, later) => {
    await open({ app: single });
    const first = scene.clock.now() - 5000;
    const since = scene.clock.now();
    let other: Awaited<ReturnType<Scene['device']>> | undefined;
    behind(async () => {
      scene.clock.advance(later);
      const both = [[name, since + later] as const, ['new-phone', since] as const];
      // The other one finds both, in the order of all nodes.
      behind(async () => both.sort(([a, at], [b, then]) => at - then || (a < b ? -1 : 1)));
      other = await scene.device('alice', name, 'iOS').catch(() => undefined);
      return [
        [name, first],
        ['new-phone', since],
      ];
    });
    const [phone] = await Promise.all([scene.connect('alice', 'new-phone')]);
    await phone.signIn({ platform: 'iOS' }).catch(() => {});
    const online = await scene.presence.devices(scene.app.sdkAppId, [userId('alice')]);
    const last = later > 0 || name > 'new-phone' ? name : 'new-phone';
    expect(online.get(userId('alice'))?.map((one) => one.device)).toEqual([last]);
    expect(other === undefined).toBe(last === 'new-phone');
  });

  it('leaves its call to the other device when that moves to another node a moment later', async () => {
    await open({ app: single });
    const { disconnect } = scene.bus;
    onTestFinished(() => {
      scene.bus.disconnect = disconnect;
    });
    const bob = await scene.device('bob');
    const old = await scene.device('alice', 'old-phone', 'iOS');
    const first = scene.clock.now();
    const { callId } = await old.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    bob.forget();
    scene.clock.advance(5000);
    const since = scene.clock.now();
    let tellLate = (): void => {};
    let moved: Awaited<ReturnType<Scene['device']>> | undefined;
    behind(async () => {
      scene.clock.advance(50);
      // What the device that moved tells the new one is under way for a while.
      scene.bus.disconnect = (...args) => {
        tellLate = () => disconnect.call(scene.bus, ...args);
      };
      moved = await scene.device('alice', 'old-phone', 'iOS');
      scene.bus.disconnect = disconnect;
      return [
        ['old-phone', first],
        ['new-phone', since],
      ];
    });
    const phone = await scene.connect('alice', 'new-phone');
    expect(await phone.signIn({ platform: 'iOS' })).toMatchObject({ call: { callId }, callHere: false });
    tellLate();
    expect(await phone.closed()).toBe(4004);
    expect(await moved?.ask('ping')).toEqual({});
    await bob.ask('ping');
    expect(bob.log).toEqual(['answer ping']);
  });

  it('goes itself when it finds a device of its platform that came later, and did not see it', async () => {
    await open({ app: single });
    const since = scene.clock.now();
    behind(async () => [
      ['new-phone', since],
      ['newer-phone', since + 1],
    ]);
    const phone = await scene.connect('alice', 'new-phone');
    phone.tell('signIn', params(scene, { deviceId: 'new-phone', platform: 'iOS' })).catch(() => {});
    expect(await phone.closed()).toBe(4004);
  });

  it('on a signed-in socket renews the signature, but takes no other user or device', async () => {
    await open();
    const alice = await scene.connect('alice');
    await alice.signIn({ userSig: scene.userSig('alice', 100) });
    expect(await alice.refusal('signIn', params(scene, { userId: 'bob' }))).toMatchObject({ name: 'not_allowed' });
    expect(await alice.refusal('signIn', params(scene, { deviceId: 'tablet' }))).toMatchObject({ name: 'not_allowed' });
    expect(await alice.signIn({ userSig: scene.userSig('alice', 1000) })).toMatchObject({ pingMs: 25_000 });
    await scene.pass(120_000, [alice]);
    expect(alice.log).not.toContain('sigExpired');
    expect(alice.isOpen).toBe(true);
  });

  it('does not cost a signed-in device its socket when the renewal is refused', async () => {
    await open();
    const alice = await scene.device('alice');
    expect(await alice.refusal('signIn', params(scene, { userSig: 'rubbish' }))).toMatchObject({
      name: 'bad_signature',
    });
    expect(await alice.ask('ping')).toEqual({});
  });

  it('is refused to new work while the server is overloaded, but calls that run go on', async () => {
    let overloaded = false;
    await open({ overloaded: () => overloaded });
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    overloaded = true;
    const carol = await scene.connect('carol');
    expect(await carol.refusal('signIn', params(scene, {}, 'carol'))).toEqual({ code: 60019, name: 'overloaded' });
    expect(await bob.refusal('call', { callees: ['carol'], mediaType: 'Audio' })).toMatchObject({ name: 'overloaded' });
    expect(await bob.ask('accept', { callId })).toEqual({});
  });

  it('leaves no trace when the line is lost halfway', async () => {
    await open();
    const key = Buffer.alloc(16).toString('base64');
    const socket = connect(scene.port, '127.0.0.1');
    socket.write(
      `GET /signalling HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ringback.v1\r\n\r\n`,
    );
    await until(() => (scene.signalling.sockets === 1 ? undefined : 'not connected'));
    socket.destroy();
    await until(() => (scene.signalling.sockets === 0 ? undefined : 'still there'));
    expect(scene.seen).toEqual(['opened', 'closed 0']);
  });
});

/** The params of a good sign-in, with something changed. */
const params = (scene: Scene, change: object = {}, name = 'alice') => ({
  sdkAppId: scene.app.sdkAppId,
  userId: name,
  userSig: scene.userSig(name),
  platform: 'Web',
  deviceId: `${name}-phone`,
  ...change,
});

/** A signature that ran out a second ago. */
function lateSig(scene: Scene): string {
  const { sdkAppId, keys } = scene.app;
  const now = Math.floor(scene.clock.now() / 1000) - 100;
  return makeUserSig({ sdkAppId, userId: 'alice', key: keys[0]?.secret ?? '', expire: 99, now });
}

function timelessSig(scene: Scene): string {
  const { sdkAppId, keys } = scene.app;
  return makeUserSig({ sdkAppId, userId: 'alice', key: keys[0]?.secret ?? '', expire: 4_000_000_000, now: 0 });
}

/** A signature made with a key that the application does not have. */
function foreignSig(scene: Scene): string {
  const now = Math.floor(scene.clock.now() / 1000);
  return makeUserSig({ sdkAppId: scene.app.sdkAppId, userId: 'alice', key: 'another key', expire: 100, now });
}
