import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Call } from '../src/client/call.ts';
import { receivedPayload } from '../src/compat/payloads.ts';
import { type App, House, outcome, until } from './support.ts';

describe('the engine of the original interface', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  const apps = async (...users: readonly string[]): Promise<App[]> => {
    const all: App[] = [];
    for (const user of users) all.push(await house.app(user));
    return all;
  };
  const pair = async (): Promise<readonly [App, App]> => (await apps('anna', 'bob')) as [App, App];

  /** Two in a call. */
  async function talk(): Promise<readonly [App, App, string]> {
    const [anna, bob] = await pair();
    await anna.engine.calls({ userIDList: ['bob'], type: 2 });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    const { callId } = await anna.hears('onCallBegin');
    await anna.hears('onUserJoin');
    return [anna, bob, String(callId)];
  }

  const names = (app: App): readonly string[] => app.heard.map(({ name }) => name);

  describe('calls', () => {
    it('tell both sides the same story, in the order of the original', async () => {
      const [anna, bob] = await pair();
      const dialled = await anna.engine.calls({
        userIDList: ['bob'],
        type: 2,
        userData: 'hello',
        timeout: 20,
        strRoomID: 'room-7',
        offlinePushInfo: { title: 'Anna calls' },
      });
      expect(dialled).toMatchObject({ code: 0, data: { callId: expect.any(String) } });
      const received = await bob.hears('onCallReceived');
      const { callId } = dialled.data;
      expect(received).toEqual({
        callId,
        callID: callId,
        roomID: 0,
        strRoomID: 'room-7',
        callMediaType: 2,
        callRole: 'callee',
        chatGroupID: '',
        groupID: '',
        userData: 'hello',
        callerId: 'anna',
        calleeIdList: ['bob'],
        sponsor: 'anna',
        userIDList: ['bob'],
        isFromGroup: false,
        inviteID: callId,
        inviteData: { version: 1, callType: 2, roomID: 0 },
      });
      expect(await bob.hears('onInvited')).toEqual(received);
      await bob.engine.accept();
      await anna.hears('onUserJoin');
      await bob.engine.hangup();
      await anna.hears('onCallEnd');
      expect(names(anna)).toEqual([
        'sdkReady',
        'onUserAccept',
        'onCallBegin',
        'onUserJoin',
        'onUserLeave',
        'onCallEnd',
      ]);
      expect(names(bob)).toEqual(['sdkReady', 'onCallReceived', 'onInvited', 'onCallBegin', 'onUserJoin', 'onCallEnd']);
      expect(anna.of('onCallEnd')[0]).toMatchObject({
        callId,
        reason: 1,
        userID: 'bob',
        totalTime: expect.any(Number),
      });
    });

    it.each([
      ['rejects', 'reject', 'onUserReject', 2],
      ['is busy', 'ignore', 'onUserLineBusy', 5],
    ] as const)('end for the caller with a reason when the callee %s', async (_, method, event, reason) => {
      const [anna, bob] = await pair();
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await bob.hears('onCallReceived');
      await bob.engine[method]();
      expect(await anna.hears('onCallNotConnected')).toMatchObject({ reason });
      expect(anna.of(event)).toEqual([{ userID: 'bob' }]);
      // The older names of the same event follow, with the same payload.
      expect(anna.of('onCallCancelled')).toEqual(anna.of('onCallNotConnected'));
      expect(anna.of('onCallingCancel')).toEqual(anna.of('onCallNotConnected'));
      expect(await bob.hears('onCallNotConnected')).toMatchObject({ callRole: 'callee' });
    });

    /** Whom an application has heard to be in the call no longer, or never to come. */
    const goneAt = (app: App): readonly unknown[] =>
      ['onUserNoResponse', 'onUserLineBusy', 'onUserReject', 'onUserLeave'].flatMap((name) =>
        app.of(name).flatMap(({ userID, userIDList = [userID] }) => userIDList as readonly unknown[]),
      );

    it('name those who were busy or have declined where they would look like calls of two, and tell that they are gone', async () => {
      const [anna, bob] = await pair();
      const [carol, dave, eve] = (await apps('carol', 'dave', 'eve')) as [App, App, App];
      await carol.engine.calls({ userIDList: ['eve'], type: 1 });
      await eve.hears('onCallReceived');
      await anna.engine.calls({ userIDList: ['bob', 'carol'], type: 1 });
      const lists = { calleeIdList: ['bob', 'carol'], userIDList: ['bob', 'carol'] };
      expect(await bob.hears('onCallReceived')).toMatchObject({ callerId: 'anna', ...lists });
      await bob.engine.accept();
      await bob.hears('onUserJoin');
      expect(goneAt(bob)).toEqual(['carol']);
      await anna.hears('onUserJoin');
      await bob.engine.inviteUser({ userIDList: ['dave'] });
      const present = { calleeIdList: ['anna', 'dave'], userIDList: ['anna', 'dave'] };
      expect(await dave.hears('onCallReceived')).toMatchObject({ callerId: 'bob', ...present });
      await anna.hears('onUserInviting');
      expect(anna.engine.client.call?.view.invited).toEqual(['bob', 'carol', 'dave']);
      expect(bob.engine.client.call?.view.invited).toEqual(['bob', 'carol', 'dave']);
      await dave.engine.accept();
      await dave.hears('onUserJoin', 2);
      expect(goneAt(dave)).toEqual([]);
    });

    it('tell who was gone already after they have begun, to whoever signs in late', async () => {
      const [anna, bob] = await pair();
      const carol = await house.app('carol');
      await bob.engine.logout();
      await anna.engine.calls({ userIDList: ['bob', 'carol'], type: 1 });
      await carol.hears('onCallReceived');
      await carol.engine.reject();
      await anna.hears('onUserReject');
      const late = await house.app('bob');
      expect(await late.hears('onCallReceived')).toMatchObject({ callerId: 'anna', calleeIdList: ['bob', 'carol'] });
      await late.engine.accept();
      await late.hears('onUserJoin');
      const told = names(late).filter((name) => /Begin|NoResponse|Join/.test(name));
      expect(told).toEqual(['onCallBegin', 'onUserNoResponse', 'onUserJoin']);
      expect(late.of('onUserNoResponse')).toEqual([{ userIDList: ['carol'], sponsor: 'anna' }]);
      expect(goneAt(late)).toEqual(['carol']);
    });

    it('name nobody who has left, and tell of those who leave or come and go while they ring', async () => {
      const [anna, bob] = await pair();
      const [carol, dave, eve] = (await apps('carol', 'dave', 'eve')) as [App, App, App];
      await anna.engine.calls({ userIDList: ['bob', 'carol'], type: 1 });
      for (const one of [bob, carol]) {
        await one.hears('onCallReceived');
        await one.engine.accept();
      }
      await anna.hears('onUserJoin', 2);
      await carol.engine.hangup();
      await anna.hears('onUserLeave');
      await anna.engine.inviteUser({ userIDList: ['dave'] });
      expect(await dave.hears('onCallReceived')).toMatchObject({ callerId: 'anna', calleeIdList: ['bob', 'dave'] });
      await anna.engine.inviteUser({ userIDList: ['eve'] });
      await eve.hears('onCallReceived');
      await eve.engine.accept();
      await anna.hears('onUserJoin', 3);
      for (const one of [bob, eve]) await one.engine.hangup();
      await anna.hears('onUserLeave', 3);
      await dave.engine.accept();
      await dave.hears('onUserJoin');
      expect(dave.of('onUserNoResponse')).toEqual([{ userIDList: ['bob', 'eve'], sponsor: 'anna' }]);
      expect(goneAt(dave)).toEqual(['bob', 'eve']);
    });

    it('of servers that do not say who was called name those who are there', () => {
      const members = ['anna', 'bob'].map((userId) => ({ userId, status: 'Waiting', invitedBy: 'anna' }));
      const view = { callId: 'c', caller: 'anna', members, mediaType: 'Audio', callType: 'MultiCall' };
      const call = new Call({ userId: 'bob' } as never, view as never);
      expect(receivedPayload(call, 'bob').calleeIdList).toEqual(['bob']);
    });

    it('that nobody answers end in time', async () => {
      const [anna, bob] = await pair();
      await anna.engine.calls({ userIDList: ['bob'], type: 1, timeout: 1 });
      expect(await anna.hears('onCallNotConnected')).toMatchObject({ reason: 3 });
      expect(anna.of('onUserNoResponse')).toEqual([{ userIDList: ['bob'], sponsor: 'anna' }]);
      expect(await bob.hears('onCallNotConnected')).toMatchObject({ reason: 3 });
    });

    it('that are taken back stop ringing', async () => {
      const [anna, bob] = await pair();
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await bob.hears('onCallReceived');
      await anna.engine.hangup();
      expect(await bob.hears('onCallNotConnected')).toMatchObject({ reason: 6, userID: 'anna' });
      expect(await anna.hears('onCallNotConnected')).toMatchObject({ reason: 6 });
    });

    it('hung up while they are being made are taken back once they are', async () => {
      const [anna, bob] = await pair();
      const [dialled, hungUp] = await Promise.all([
        outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 })),
        outcome(anna.engine.hangup()),
      ]);
      expect([dialled, hungUp]).toEqual(['done', 'done']);
      await anna.hears('onCallNotConnected');
      expect(anna.engine.client.call).toBeUndefined();
      await until(
        'bob to be free',
        () => bob.engine.client.call,
        (call) => call === undefined,
      );
    });

    it('of two who call each other at the same time are one', async () => {
      const [anna, bob] = await pair();
      await Promise.all([
        anna.engine.calls({ userIDList: ['bob'], type: 1 }),
        bob.engine.calls({ userIDList: ['anna'], type: 1 }),
      ]);
      const begun = await Promise.all([anna.hears('onCallBegin'), bob.hears('onCallBegin')]);
      expect(begun[0]?.callId).toBe(begun[1]?.callId);
    });

    it('of groups tell who comes, who goes, and who is there', async () => {
      const [anna, bob, carl] = (await apps('anna', 'bob', 'carl')) as [App, App, App];
      await anna.engine.groupCall({ userIDList: ['bob', 'carl'], type: 1, groupID: 'team' });
      expect(await bob.hears('onCallReceived')).toMatchObject({ chatGroupID: 'team', isFromGroup: true });
      await bob.engine.accept();
      await anna.hears('onUserJoin');
      await carl.engine.reject();
      expect(await bob.hears('onUserReject')).toEqual({ userID: 'carl' });
      await anna.engine.inviteUser({ userIDList: ['carl', 'bob'] });
      expect(await bob.hears('onUserInviting')).toEqual({ userID: 'carl' });
      await carl.hears('onCallReceived', 2);
      await carl.engine.accept();
      await anna.hears('onUserJoin', 2);
      expect(new Set((await anna.hears('onGroupCallInviteeListUpdate', 2)).userIDList as string[])).toEqual(
        new Set(['anna', 'bob', 'carl']),
      );
      await anna.engine.hangup();
      await bob.hears('onUserLeave');
      expect(bob.engine.client.call).toBeDefined();
    });

    it('of groups ring whoever began them, left and is invited back, like anybody else', async () => {
      const [anna, bob, carl] = (await apps('anna', 'bob', 'carl')) as [App, App, App];
      await anna.engine.calls({ userIDList: ['bob', 'carl'], type: 1 });
      for (const [n, app] of [bob, carl].entries()) {
        await app.hears('onCallReceived');
        await app.engine.accept();
        await anna.hears('onUserJoin', n + 1);
      }
      await anna.engine.hangup();
      await bob.hears('onUserLeave');
      await bob.engine.inviteUser({ userIDList: ['anna'] });
      await anna.hears('onCallReceived');
      // A page that is opened meanwhile rings, too, and takes nothing for its own.
      const [later] = (await apps('anna')) as [App];
      await later.hears('onCallReceived');
      await anna.engine.accept();
      await later.hears('onCallNotConnected');
      expect(await carl.hears('onUserJoin', 2)).toEqual({ userID: 'anna' });
      expect(anna.engine.client.call?.role).toBe('callee');
    });

    it('can be joined by their id, also by the older name', async () => {
      const [anna, bob, carl] = (await apps('anna', 'bob', 'carl')) as [App, App, App];
      await anna.engine.calls({ userIDList: ['bob'], type: 1, chatGroupID: 'team' });
      await bob.hears('onCallReceived');
      await bob.engine.accept();
      const { callId } = await bob.hears('onCallBegin');
      await carl.engine.joinInGroupCall({ callId: String(callId) });
      await anna.hears('onUserJoin', 2);
      await carl.engine.hangup();
      await carl.hears('onCallEnd');
      await carl.engine.join({ callId: String(callId) });
      await anna.hears('onUserJoin', 3);
    });

    it('between two can change their media type, once', async () => {
      const [anna, bob] = await talk();
      await anna.engine.switchCallMediaType(1);
      for (const app of [anna, bob]) {
        expect(await app.hears('onCallMediaTypeChanged')).toEqual({ oldCallType: 2, newCallType: 1, type: 1 });
      }
      expect(await outcome(bob.engine.switchCallMediaType(1))).toMatchObject({ code: -1204 });
    });

    it('ring on every device of a user until one answers', async () => {
      const [anna, phone, tablet] = (await apps('anna', 'bob', 'bob')) as [App, App, App];
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await Promise.all([phone.hears('onCallReceived'), tablet.hears('onCallReceived')]);
      await phone.engine.accept();
      expect(await tablet.hears('onCallNotConnected')).toMatchObject({ reason: 7 });
      await anna.engine.hangup();
      await phone.hears('onCallEnd');
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await Promise.all([phone.hears('onCallReceived', 2), tablet.hears('onCallReceived', 2)]);
      await phone.engine.reject();
      expect(await tablet.hears('onCallNotConnected', 2)).toMatchObject({ reason: 8 });
    });
  });

  describe('methods', () => {
    it('settle before sign-in, with an error of the original', async () => {
      const { engine } = await house.page('anna');
      const tries: readonly (readonly [string, Promise<unknown>])[] = [
        ['calls', engine.calls({ userIDList: ['bob'], type: 1 })],
        ['call', engine.call({ userID: 'bob', type: 1 })],
        ['groupCall', engine.groupCall({ userIDList: ['bob'], type: 1, groupID: 'g' })],
        ['accept', engine.accept()],
        ['reject', engine.reject()],
        ['ignore', engine.ignore()],
        ['hangup', engine.hangup()],
        ['inviteUser', engine.inviteUser({ userIDList: ['bob'] })],
        ['join', engine.join({ callId: 'x' })],
        ['joinInGroupCall', engine.joinInGroupCall({ callId: 'x' })],
        ['switchCallMediaType', engine.switchCallMediaType(1)],
        ['startRemoteView', engine.startRemoteView({ userID: 'bob', videoViewDomID: 'x' })],
        ['setSelfInfo', engine.setSelfInfo({ nickName: 'x' })],
        ['logout', engine.logout()],
      ];
      for (const [name, promise] of tries) {
        const error = await outcome(promise);
        expect([name, error]).toEqual([name, expect.any(Error)]);
        expect(error).toMatchObject({
          name: 'TUICallEngineError',
          code: -1201,
          message: expect.any(String),
          functionName: name,
        });
      }
    });

    it('of devices are tolerated in any state', async () => {
      const { engine } = await house.page('anna');
      for (const work of [
        engine.openCamera('own'),
        engine.closeCamera(),
        engine.openMicrophone(),
        engine.closeMicrophone(),
        engine.switchCamera(1),
        engine.stopRemoteView({ userID: 'bob' }),
        engine.setVideoQuality('480p'),
        engine.setVideoRenderParams({ fillMode: 'contain' } as never),
        engine.setBlurBackground(0),
        engine.setVirtualBackground(''),
        engine.setBeautyLevel({}),
        engine.enableAIVoice(false),
        engine.enableMultiDeviceAbility(true),
        engine.startLocalView({}),
        engine.stopLocalView({}),
        engine.callExperimentalAPI('{}'),
      ]) {
        expect(await outcome(work)).toBe('done');
      }
      expect(await engine.getDeviceList('camera')).toEqual([]);
      expect(await engine.getDeviceList('toaster')).toEqual([]);
      expect(engine.getVideoQuality()).toBe('480p');
    });

    it.each([
      ['nobody', { userIDList: [], type: 1 }],
      ['no list', { userIDList: 'bob', type: 1 }],
      ['oneself', { userIDList: ['anna'], type: 1 }],
      ['a number for a user', { userIDList: [7], type: 1 }],
      ['no type', { userIDList: ['bob'] }],
      ['a type that is none', { userIDList: ['bob'], type: 3 }],
      ['a timeout that is none', { userIDList: ['bob'], type: 1, timeout: 'soon' }],
      ['data that is no text', { userIDList: ['bob'], type: 1, userData: { a: 1 } }],
      ['nothing at all', undefined],
    ])('refuse to call %s, and say why', async (_, params) => {
      const anna = await house.app('anna');
      expect(await outcome(anna.engine.calls(params as never))).toMatchObject({
        name: 'TUICallEngineError',
        code: expect.any(Number),
        message: expect.stringMatching(/^calls: .+/),
      });
      expect(anna.engine.client.call).toBeUndefined();
    });

    it('pass the codes of the server on', async () => {
      const anna = await house.app('anna');
      expect(await outcome(anna.engine.calls({ userIDList: ['nobody-at-all'], type: 1 }))).toMatchObject({
        code: 101_002,
      });
      expect(await outcome(anna.engine.join({ callId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31' }))).toMatchObject({
        code: expect.any(Number),
        message: expect.any(String),
      });
    });

    it('know in which state they make sense', async () => {
      const [anna, bob] = await talk();
      expect(await outcome(anna.engine.calls({ userIDList: ['carl'], type: 1 }))).toMatchObject({ code: -1203 });
      expect(await outcome(bob.engine.accept())).toBe('done');
      // What has been answered can be hung up, and no longer declined.
      for (const work of [bob.engine.reject(), bob.engine.ignore(), anna.engine.reject()]) {
        expect(await outcome(work)).toMatchObject({ code: -1203 });
      }
      expect(anna.of('onCallEnd')).toEqual([]);
      await bob.engine.hangup();
      await anna.hears('onCallEnd');
      for (const work of [
        anna.engine.hangup(),
        anna.engine.reject(),
        anna.engine.inviteUser({ userIDList: ['carl'] }),
      ]) {
        expect(await outcome(work)).toMatchObject({ code: -1203 });
      }
      expect(await outcome(anna.engine.accept())).toBe('done');
    });
  });

  describe('sign-in', () => {
    it('is told to those who listen before and after', async () => {
      const anna = await house.app('anna');
      expect(await anna.hears('sdkReady')).toEqual({ name: 'ts_im_ready' });
      const late = await new Promise((resolve) => anna.engine.on('sdkReady', resolve));
      expect(late).toEqual({ name: 'ts_im_ready' });
    });

    it('is told once to each who listens, also to one who begins to at once', async () => {
      const anna = await house.app('anna');
      const heard: string[] = [];
      anna.engine.on('sdkReady', () => heard.push('at once'));
      await anna.hears('sdkReady');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect([heard, anna.of('sdkReady').length]).toEqual([['at once'], 1]);
    });

    it('comes after the sign-out that was asked for before it, also of an instance that is given up', async () => {
      const anna = await house.app('anna');
      const again = { userID: 'anna', userSig: house.userSig('anna') };
      const calls = () => outcome(anna.engine.calls({ userIDList: ['nobody-at-all'], type: 1 }));
      const out = anna.engine.logout();
      await anna.engine.login(again);
      await out;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await calls()).toMatchObject({ code: 101_002 });

      const gone = anna.engine.destroyInstance();
      const next = anna.sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
      await next.login(again);
      await gone;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(next.client.isSignedIn).toBe(true);
      expect(await outcome(next.calls({ userIDList: ['nobody-at-all'], type: 1 }))).toMatchObject({ code: 101_002 });
      await next.logout();
    });

    it('of an instance that is given up at once leaves no device behind', async () => {
      const { sdk, engine } = await house.page('anna');
      const who = { userID: 'anna', userSig: house.userSig('anna') };
      const first = outcome(engine.login(who));
      const gone = engine.destroyInstance();
      const next = sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
      await next.login(who);
      await gone;
      expect(await first).toMatchObject({ code: -1201 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect([engine.client.isSignedIn, next.client.isSignedIn]).toEqual([false, true]);
      await next.destroyInstance();
      const online = await house.rest('openim/query_online_status', { To_Account: ['anna'] });
      expect(online).toMatchObject({ QueryResult: [{ Status: 'Offline' }] });
    });

    it('twice with the same user renews, with another signs the first one out', async () => {
      const anna = await house.app('anna');
      await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') });
      await anna.engine.login({ userID: 'bob', userSig: house.userSig('bob') });
      expect(anna.engine.client.me.userId).toBe('bob');
      const online = await house.rest('openim/query_online_status', { To_Account: ['anna', 'bob'] });
      expect(online).toMatchObject({ QueryResult: [{ Status: 'Offline' }, { Status: 'Online' }] });
    });

    it('with a bad signature says which code the server has for it', async () => {
      const anna = await house.page('anna');
      expect(await outcome(anna.engine.login({ userID: 'anna', userSig: 'nonsense' }))).toMatchObject({
        code: expect.any(Number),
        message: expect.any(String),
      });
      expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('bob') }))).toMatchObject({
        code: 70_013,
      });
      expect(await outcome(anna.engine.login({ userID: '', userSig: 'x' }))).toMatchObject({
        message: 'login: userID must be text that is not empty.',
      });
    });

    it('of the server being gone is an error in the end, not a silence', async () => {
      const anna = await house.page('anna', { server: 'http://127.0.0.1:9' });
      expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') }))).toMatchObject({
        code: 2805,
      });
    });

    it('is over when the server signs the user out, and can be made again', async () => {
      const [anna, bob] = await talk();
      expect(await house.rest('im_open_login_svc/kick', { UserID: 'bob' })).toMatchObject({ ErrorCode: 0 });
      expect(await bob.hears('onKickedOffLine')).toEqual({ message: 'kicked' });
      expect(await anna.hears('onCallEnd')).toMatchObject({ userID: 'bob' });
      // Signatures of the same second are of before.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await bob.engine.login({ userID: 'bob', userSig: house.userSig('bob') });
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await bob.hears('onCallReceived', 2);
    });

    it('is one instance a page, and needs an application', async () => {
      const { sdk, engine } = await house.page('anna');
      expect(sdk.TUICallEngine.createInstance({ SDKAppID: 1 })).toBe(engine);
      await engine.destroyInstance();
      expect(() => sdk.TUICallEngine.createInstance({} as never)).toThrow(/SDKAppID/);
      let ready = 0;
      sdk.TUICallEngine.once('ready', () => {
        ready += 1;
      });
      expect(ready).toBe(1);
      sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
    });

    it('takes the application by each name that it has had, and whatever call kits tell of themselves', async () => {
      const { sdk, engine } = await house.page('anna');
      await engine.destroyInstance();
      for (const make of [
        () => sdk.TUICallEngine.createInstance({ SDKAppID: house.appId }),
        () => sdk.TUICallEngine.createInstance({ sdkAppID: house.appId }),
        () => sdk.TUICallEngine.createInstance({ sdkAppId: house.appId }),
        // The compiler refuses a name that is not declared.
        () =>
          sdk.TUICallEngine.createInstance({
            SDKAppID: house.appId,
            tim: null,
            callkitVersion: '4.0.12',
            framework: 1,
            frameWork: 'vue3',
            isFromChat: false,
            language: 7,
            component: 14,
            isSharedInstance: false,
            scene: 1,
          }),
      ]) {
        const made = make();
        expect(made.client.options.sdkAppId).toBe(house.appId);
        await made.destroyInstance();
      }
    });

    it('keeps a chat SDK of the application, and gives one of ours without', async () => {
      const { sdk, engine } = await house.page('anna');
      expect(engine.tim).toBeInstanceOf(Object);
      expect(engine.getTim()).toBe(engine.tim);
      await engine.destroyInstance();
      const tim = { mine: true };
      const other = sdk.TUICallEngine.createInstance({ SDKAppID: house.appId, tim });
      expect(other.tim).toBe(tim);
      await other.destroyInstance();
    });
  });

  describe('a line that breaks', () => {
    it('is mended, and the call goes on with what was missed', async () => {
      const { url, wire } = await house.wire();
      const [anna, bob] = [await house.app('anna', { server: url }), await house.app('bob')];
      const carl = await house.app('carl');
      await anna.engine.calls({ userIDList: ['bob', 'carl'], type: 1 });
      await bob.hears('onCallReceived');
      await bob.engine.accept();
      await anna.hears('onUserJoin');
      wire.cut(true);
      await carl.engine.accept();
      await bob.hears('onUserJoin', 2);
      wire.cutOff = false;
      expect(await anna.hears('onUserJoin', 2)).toEqual({ userID: 'carl' });
      await anna.engine.hangup();
      await bob.hears('onUserLeave');
    });

    it('lets requests wait that can wait', async () => {
      const { url, wire } = await house.wire();
      const anna = await house.app('anna', { server: url });
      wire.cut(true);
      const asked = anna.engine.setSelfInfo({ nickName: 'Anna' });
      setTimeout(() => {
        wire.cutOff = false;
      }, 300);
      expect(await outcome(asked)).toBe('done');
    });

    it('by a server that is started anew leaves the call as it was', async () => {
      const [anna, bob, callId] = await talk();
      await house.stop();
      await house.start();
      await until(
        'both to be back',
        () => anna.engine.client.state + bob.engine.client.state,
        (both) => both === 'onlineonline',
      );
      expect([anna.engine.client.call?.id, bob.engine.client.call?.id]).toEqual([callId, callId]);
      await anna.engine.hangup();
      expect(await bob.hears('onCallEnd')).toMatchObject({ callId, reason: 1 });
    });
  });
});
