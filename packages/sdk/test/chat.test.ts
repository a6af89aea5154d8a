import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { House, outcome, until } from './support.ts';

describe('the chat object', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('has names and pictures of users, from our own profiles', async () => {
    const anna = await house.app('anna');
    const bob = await house.app('bob');
    await bob.engine.setSelfInfo({ nickName: 'Bob B.', avatar: 'https://example.com/b.png' });
    const { tim } = anna.engine;
    expect(await tim.getUserProfile({ userIDList: ['bob', 'nobody'] })).toEqual({
      code: 0,
      data: [{ userID: 'bob', nick: 'Bob B.', avatar: 'https://example.com/b.png' }],
    });
    await tim.updateMyProfile({ nick: 'Anna' });
    expect((await tim.getMyProfile()).data).toEqual({ userID: 'anna', nick: 'Anna', avatar: '' });
    expect((await tim.getFriendProfile({ userIDList: ['bob'] })).data.friendList).toEqual([]);
  });

  it('makes groups, and lists their members page by page', async () => {
    const [anna] = [await house.app('anna'), await house.app('bob'), await house.app('carl')];
    const { tim } = anna.engine;
    const made = await tim.createGroup({
      type: 'Public',
      name: 'Team',
      groupID: 'team-1',
      memberList: [{ userID: 'bob' }, { userID: 'carl' }],
    });
    expect(made.data.group).toMatchObject({ groupID: 'team-1', name: 'Team' });
    expect((await tim.getGroupProfile({ groupID: 'team-1' })).data.group).toMatchObject({
      groupID: 'team-1',
      name: 'Team',
      ownerID: 'anna',
      memberCount: 3,
      selfInfo: { userID: 'anna' },
    });
    const first = await tim.getGroupMemberList({ groupID: 'team-1', count: 2 });
    expect(first.data.memberList.map(({ userID }) => userID)).toEqual(['anna', 'bob']);
    expect(first.data.offset).toBe(2);
    const last = await tim.getGroupMemberList({ groupID: 'team-1', count: 2, offset: first.data.offset });
    expect([last.data.memberList.map(({ userID }) => userID), last.data.offset]).toEqual([['carl'], 0]);
    expect((await anna.engine.getGroupMemberProfile({ groupID: 'team-1' })).data.memberList).toHaveLength(3);
    expect(await outcome(tim.getGroupProfile({ groupID: 'none' }))).toMatchObject({
      code: expect.any(Number),
      message: expect.any(String),
    });
  });

  it('is refused to those who have not logged in, by every question', async () => {
    const anna = await house.page('anna');
    const { tim } = anna.engine;
    for (const [name, work] of Object.entries({
      getMyProfile: tim.getMyProfile(),
      getFriendProfile: tim.getFriendProfile({ userIDList: ['bob'] }),
      getUserProfile: tim.getUserProfile({ userIDList: [] }),
      updateMyProfile: tim.updateMyProfile({ nick: 'A' }),
      getGroupAttributes: tim.getGroupAttributes({}),
      getGroupProfile: tim.getGroupProfile({ groupID: 'g' }),
      getGroupMemberList: tim.getGroupMemberList({ groupID: 'g' }),
      createGroup: tim.createGroup({ name: 'G' }),
    })) {
      expect([name, await outcome(work)]).toMatchObject([name, { code: 2024, message: expect.any(String) }]);
    }
  });

  it('tells that it is ready once for each sign-in, also when the engine signed in first and to those who come late', async () => {
    const anna = await house.app('anna');
    const { TencentCloudChat } = anna.sdk;
    const { EVENT } = TencentCloudChat;
    const chat = TencentCloudChat.create({ SDKAppID: house.appId });
    expect(TencentCloudChat.create({ SDKAppID: house.appId })).toBe(chat);
    const heard: string[] = [];
    chat.on(EVENT.SDK_READY, (() => heard.push('early')) as never);
    await chat.login({ userID: 'anna', userSig: house.userSig('anna') });
    chat.on(EVENT.SDK_READY, (() => heard.push('late')) as never);
    anna.engine.tim.on(EVENT.SDK_READY, (() => heard.push('facade')) as never);
    await until(
      'all to be told',
      () => heard.length,
      (count) => count >= 3,
    );
    await chat.login({ userID: 'anna', userSig: house.userSig('anna') });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard.sort()).toEqual(['early', 'facade', 'late']);
    await chat.logout();
    await anna.engine.logout();
    await chat.login({ userID: 'anna', userSig: house.userSig('anna') });
    await until(
      'all to be told again',
      () => heard.length,
      (count) => count >= 6,
    );
    await chat.destroy();
    const next = TencentCloudChat.create({ SDKAppID: house.appId });
    expect(next).not.toBe(chat);
    await next.destroy();
  });

  it('of a package of its own signs in by itself, and shares the connection of the engine', async () => {
    const anna = await house.page('anna');
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    const { EVENT } = anna.sdk.TencentCloudChat;
    const ready = new Promise((resolve) => chat.on(EVENT.SDK_READY, resolve as never));
    expect([chat.isReady(), chat.getLoginUser()]).toEqual([false, '']);
    expect(await outcome(chat.getUserProfile({ userIDList: ['anna'] }))).toMatchObject({ code: 2024 });
    await chat.login({ userID: 'anna', userSig: house.userSig('anna') });
    expect(await ready).toEqual({ name: EVENT.SDK_READY });
    expect([chat.isReady(), chat.getLoginUser()]).toEqual([true, 'anna']);
    // A kit signs in the engine with the same user beside it.
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    await anna.engine.logout();
    expect(chat.isReady()).toBe(true);
    await chat.logout();
    expect(chat.isReady()).toBe(false);
    expect(() => anna.sdk.TencentCloudChat.create({} as never)).toThrow(TypeError);
    chat.addSignalingListener('x', () => {});
    chat.removeSignalingListener('x', () => {});
    chat.registerPlugin({});
    chat.setLogLevel(1);
    expect(await chat.callExperimentalAPI('x')).toEqual({ code: 0, data: {} });
    await chat.destroy();
  });

  it('stays signed in when the engine leaves, which is out of its call then and hears of no other', async () => {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    await chat.login({ userID: 'anna', userSig: house.userSig('anna') });
    const talk = async (times: number) => {
      await bob.engine.calls({ userIDList: ['anna'], type: 1 });
      await anna.hears('onCallReceived', times);
      await anna.engine.accept();
      await bob.hears('onUserJoin', times);
    };
    await talk(1);
    await anna.engine.logout();
    expect(anna.of('onCallEnd')).toHaveLength(1);
    await bob.hears('onCallEnd');
    expect(chat.isReady()).toBe(true);
    expect(await outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toMatchObject({ code: -1201 });

    // It rings for the chat's device, of which the engine is told once it is back.
    await bob.engine.calls({ userIDList: ['anna'], type: 1 });
    await until(
      'it to ring',
      () => anna.engine.client.call?.status,
      (status) => status === 'ringing',
    );
    expect(anna.of('onCallReceived')).toHaveLength(1);
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    expect(anna.of('onCallReceived')).toHaveLength(2);
    expect(await outcome(anna.engine.accept())).toBe('done');
    await bob.hears('onUserJoin', 2);
    await anna.engine.destroyInstance();
    await bob.hears('onCallEnd', 2);
    expect(chat.isReady()).toBe(true);
    await chat.destroy();
  });

  it('keeps no call that was being dialled, or answered, when the engine leaves', async () => {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    const who = { userID: 'anna', userSig: house.userSig('anna') };
    await chat.login(who);
    const dialled = outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }));
    await anna.engine.logout();
    await dialled;
    await bob.hears('onCallReceived');
    await bob.hears('onCallNotConnected');
    expect(anna.engine.client.call).toBeUndefined();

    await anna.engine.login(who);
    await bob.engine.calls({ userIDList: ['anna'], type: 1 });
    await anna.hears('onCallReceived');
    const accepted = outcome(anna.engine.accept());
    await anna.engine.destroyInstance();
    await accepted;
    await bob.hears('onCallEnd');
    expect([anna.engine.client.call, chat.isReady()]).toEqual([undefined, true]);
    await chat.destroy();
  });

  it('has heard a call ring of which an engine is told that signs in later', async () => {
    const [anna, bob] = [await house.page('anna'), await house.app('bob')];
    const who = { userID: 'anna', userSig: house.userSig('anna') };
    await anna.engine.destroyInstance();
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    await chat.login(who);
    await bob.engine.calls({ userIDList: ['anna'], type: 1 });
    const before = anna.sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
    await until(
      'it to ring',
      () => before.client.call?.status,
      (status) => status === 'ringing',
    );
    await before.destroyInstance();
    const engine = anna.sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
    const heard: string[] = [];
    engine.on('onCallReceived', () => heard.push('received'));
    engine.on('onCallNotConnected', () => heard.push('over'));
    await engine.login(who);
    await bob.engine.hangup();
    await until(
      'both',
      () => heard.length,
      (count) => count === 2,
    );
    expect(heard).toEqual(['received', 'over']);
    await engine.destroyInstance();
    await chat.destroy();
  });

  it('goes on signing in when an engine that waits for it is signed out', async () => {
    const anna = await house.page('anna');
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    const who = { userID: 'anna', userSig: house.userSig('anna') };
    const first = outcome(chat.login(who));
    const second = outcome(anna.engine.login(who));
    // It is under way; the server has not answered yet.
    while (!anna.engine.client.isSignedIn) await Promise.resolve();
    expect(await outcome(anna.engine.logout())).toBe('done');
    expect([await first, await second]).toEqual(['done', expect.objectContaining({ code: -1201 })]);
    expect(chat.isReady()).toBe(true);
    expect(anna.of('sdkReady')).toEqual([]);
    await chat.logout();
    expect(anna.engine.client.isSignedIn).toBe(false);
    await chat.destroy();
  });

  it('that is still signing in holds the sign-in of the engine back until both are online', async () => {
    const anna = await house.page('anna');
    const chat = anna.sdk.TencentCloudChat.create({ SDKAppID: house.appId });
    const who = { userID: 'anna', userSig: house.userSig('anna') };
    const first = chat.login(who);
    await anna.engine.login(who);
    expect(anna.engine.client.state).toBe('online');
    await first;
    await chat.destroy();
  });
});
