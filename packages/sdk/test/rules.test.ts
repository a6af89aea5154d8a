import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backoff } from '../src/signalling/backoff.ts';
import { type App, House, outcome, until } from './support.ts';

describe('rules of the original interface', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  /** Bob's app rings. */
  async function ring(): Promise<readonly [App, App]> {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    return [anna, bob];
  }

  const repeated = {
    name: 'TUICallEngineError',
    code: -1204,
    message: expect.stringContaining('is ongoing, please avoid repeated calls'),
  };

  it('a request that is made again while it is under way is refused, the first one goes on', async () => {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    await house.app('carl');
    const twice = async (work: () => Promise<unknown>) => Promise.all([outcome(work()), outcome(work())]);
    expect(await twice(() => anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toMatchObject(['done', repeated]);
    await bob.hears('onCallReceived');
    expect(await twice(() => bob.engine.accept())).toMatchObject(['done', repeated]);
    await anna.hears('onUserJoin');
    expect(await twice(() => anna.engine.inviteUser({ userIDList: ['carl'] }))).toMatchObject(['done', repeated]);
    expect(await twice(() => anna.engine.hangup())).toMatchObject(['done', repeated]);
    // What is over locks nothing.
    await anna.hears('onCallEnd');
    await bob.engine.hangup();
    expect(await outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toBe('done');
  });

  it('parameters have the code of parameters, nine callees the words that UI kits read', async () => {
    const { engine } = await house.app('anna');
    const type = 1;
    for (const [name, work] of [
      ['calls', engine.calls({ userIDList: [], type })],
      ['calls', engine.calls({ userIDList: ['anna'], type })],
      ['calls', engine.calls({ userIDList: ['bob'], type: 3 })],
      ['calls', engine.calls({ userIDList: ['bob'], type, timeout: -1 })],
      ['call', engine.call({ userID: '', type })],
      ['groupCall', engine.groupCall(undefined as never)],
      ['join', engine.join({} as never)],
      ['switchDevice', engine.switchDevice({ deviceType: 'toaster', deviceId: 'x' })],
      ['login', engine.login({ userID: 'anna' } as never)],
    ] as const) {
      expect([name, await outcome(work)]).toMatchObject([name, { code: -1202, functionName: name }]);
    }
    const many = Array.from({ length: 9 }, (_, i) => `user-${i}`);
    expect(await outcome(engine.calls({ userIDList: many, type }))).toMatchObject({
      code: 101_002,
      message: expect.stringContaining('CalleeList_Account length must be between 1 and 8'),
    });
    await house.app('bob');
    for (const wrong of [
      { roomID: 2 ** 31 },
      { roomID: -5 },
      { roomID: 1.5 },
      { roomID: '7' as never },
      { strRoomID: 'x'.repeat(70) },
      { strRoomID: 'no/slash' },
      { userIDList: ['bö'] },
      { userIDList: ['b'.repeat(33)] },
      { userData: 'é'.repeat(501) },
      { chatGroupID: 'g'.repeat(65) },
    ]) {
      expect([wrong, await outcome(engine.calls({ userIDList: ['bob'], type, ...wrong }))]).toMatchObject([
        wrong,
        { code: -1202, functionName: 'calls' },
      ]);
    }
    expect(await outcome(engine.setSelfInfo({ nickName: 'n'.repeat(501) }))).toMatchObject({ code: -1202 });
    expect(engine.client.call).toBeUndefined();
  });

  it('whoever does not exist among those who are called or invited is told of as one who does not answer', async () => {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    const carl = await house.app('carl');
    const { data } = await anna.engine.calls({ userIDList: ['bob', 'ghost'], type: 1 });
    expect(data.results).toEqual([
      { userId: 'bob', code: 0 },
      { userId: 'ghost', code: 70_107 },
    ]);
    // Who is told hears of it after the answer.
    expect(anna.of('onUserNoResponse')).toEqual([]);
    expect(await anna.hears('onUserNoResponse')).toEqual({ userIDList: ['ghost'], sponsor: 'anna' });
    await bob.hears('onCallReceived');
    expect(anna.engine.client.call?.status).toBe('ringing');
    await bob.engine.accept();
    await anna.hears('onUserJoin');
    const invited = await bob.engine.inviteUser({ userIDList: ['carl', 'phantom'] });
    expect(invited.data.results).toEqual([
      { userId: 'carl', code: 0 },
      { userId: 'phantom', code: 70_107 },
    ]);
    expect(await bob.hears('onUserNoResponse')).toEqual({ userIDList: ['phantom'], sponsor: 'anna' });
    await carl.hears('onCallReceived');
    expect(anna.of('onUserNoResponse')).toHaveLength(1);
  });

  it('whoever is invited and does not exist is told of as one who does not answer also when nobody else is invited', async () => {
    const [anna, bob] = await ring();
    await bob.engine.accept();
    await anna.hears('onUserJoin');
    const refused = await outcome(anna.engine.inviteUser({ userIDList: ['ghost', 'phantom'] }));
    expect(refused).toMatchObject({ code: 101_002, functionName: 'inviteUser' });
    expect(anna.of('onUserNoResponse')).toEqual([]);
    expect(await anna.hears('onUserNoResponse')).toEqual({ userIDList: ['ghost', 'phantom'], sponsor: 'anna' });
    expect(anna.engine.client.call?.status).toBe('connected');
    expect([anna.of('onUserNoResponse').length, bob.of('onUserNoResponse').length]).toEqual([1, 0]);
  });

  it('whoever is invited is told of as one who does not answer also where there is no room to make them', async () => {
    const full = await House.open({ 'accounts.unknownCallee': 'ring', 'limits.accounts': '10' });
    try {
      const [anna, bob] = [await full.app('anna'), await full.app('bob')];
      for (let n = 2; n < 10; n += 1) await full.rest('im_open_login_svc/account_import', { UserID: `user-${n}` });
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await bob.hears('onCallReceived');
      await bob.engine.accept();
      await anna.hears('onUserJoin');
      const refused = await outcome(anna.engine.inviteUser({ userIDList: ['ghost', 'phantom'] }));
      expect(refused).toMatchObject({ code: 70_398, functionName: 'inviteUser' });
      expect(anna.of('onUserNoResponse')).toEqual([]);
      expect(await anna.hears('onUserNoResponse')).toEqual({ userIDList: ['ghost', 'phantom'], sponsor: 'anna' });
      expect(anna.engine.client.call?.status).toBe('connected');
    } finally {
      await full.close();
    }
  });

  it('of whoever does not exist nothing is told when the others are all busy, which ends the call', async () => {
    const [anna] = await ring();
    const carl = await house.app('carl');
    await carl.engine.calls({ userIDList: ['bob', 'ghost'], type: 1 });
    await carl.hears('onCallNotConnected');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(carl.heard.map(({ name }) => name).at(-1)).toBe('onCallingCancel');
    expect(anna.engine.client.call?.status).toBe('ringing');
  });

  it('whoever signs in while a call rings for them is told of it', async () => {
    const [anna, first] = await ring();
    await first.engine.logout();
    await anna.engine.hangup();
    await anna.engine.calls({ userIDList: ['bob'], type: 2, userData: 'are you there?' });
    const late = await house.app('bob');
    expect(await late.hears('onCallReceived')).toMatchObject({ callerId: 'anna', userData: 'are you there?' });
    expect(await outcome(late.engine.accept())).toBe('done');
    await anna.hears('onUserJoin');
  });

  it('a page that was loaded anew in a call leaves the call of the page before', async () => {
    const [anna, bob] = await ring();
    await bob.engine.accept();
    await anna.hears('onUserJoin');
    const again = await house.page('bob', { deviceId: 'bob-1' });
    await again.engine.login({ userID: 'bob', userSig: house.userSig('bob') });
    expect(await anna.hears('onCallEnd')).toMatchObject({ userID: 'bob' });
    expect(again.of('onCallReceived')).toEqual([]);
  });

  it.each(['before the engine is made', 'before the engine signs in'])(
    'a page that was loaded anew in a call leaves that call, too, where the chat signs in %s',
    async (order) => {
      const [anna, bob] = await ring();
      await bob.engine.accept();
      await anna.hears('onUserJoin');
      const { engine: made, sdk } = await house.page('bob', { deviceId: 'bob-1' });
      const first = order === 'before the engine is made';
      if (first) await made.destroyInstance();
      const chat = sdk.TencentCloudChat.create({ SDKAppID: house.appId });
      const who = { userID: 'bob', userSig: house.userSig('bob') };
      await chat.login(who);
      const engine = first ? sdk.TUICallEngine.createInstance({ SDKAppID: house.appId }) : made;
      expect(engine.client.call?.status).toBe('connected');
      const heard: string[] = [];
      engine.on('onCallBegin', () => heard.push('begun'));
      await engine.login(who);
      expect(await anna.hears('onCallEnd')).toMatchObject({ userID: 'bob' });
      expect(heard).toEqual([]);
      await engine.destroyInstance();
      await chat.destroy();
    },
  );

  it('a signature that is renewed while a call is being made leaves that call alone', async () => {
    const [anna, bob] = [await house.app('anna'), await house.app('bob')];
    const dialled = outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }));
    const renewed = outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('anna', 7200) }));
    expect(await Promise.all([dialled, renewed])).toEqual(['done', 'done']);
    await bob.hears('onCallReceived');
    expect(await outcome(anna.engine.hangup())).toBe('done');
    await anna.hears('onCallNotConnected');
    expect(await bob.hears('onCallNotConnected')).toMatchObject({ reason: 6, userID: 'anna' });
    expect(bob.of('onCallReceived')).toHaveLength(1);
  });

  it('a signature that runs out is told of, or replaced without a word', async () => {
    let asked = 0;
    const anna = await house.page('anna');
    const bob = await house.page('bob', {
      getUserSig: (userId) => {
        asked += 1;
        return house.userSig(userId);
      },
    });
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna', 2) });
    await bob.engine.login({ userID: 'bob', userSig: house.userSig('bob', 2) });
    await anna.hears('onUserSigExpired');
    // The server says so in a notice, and by closing.
    await until(
      'the line to be closed',
      () => anna.engine.client.state,
      (state) => state === 'reconnecting',
    );
    expect(anna.of('onUserSigExpired')).toHaveLength(1);
    await until(
      'a fresh signature to be asked for',
      () => asked,
      (times) => times > 0,
    );
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    expect([asked, bob.of('onUserSigExpired')]).toEqual([1, []]);
  });

  it('listeners have the object they name for this, else the engine, and go by their function', async () => {
    const { engine } = await house.page('anna');
    const heard: unknown[] = [];
    function listener(this: unknown): void {
      heard.push(this);
    }
    const kit = { a: 'kit' };
    engine.on('sdkReady', listener, kit);
    engine.on('sdkReady', listener);
    await engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    await new Promise((resolve) => engine.on('sdkReady', resolve));
    expect(heard[0]).toBe(kit);
    expect(heard.at(-1)).toBe(engine);
    const before = heard.length;
    engine.off('sdkReady', listener);
    await engine.logout();
    await engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    await new Promise((resolve) => engine.on('sdkReady', resolve));
    expect(heard).toHaveLength(before);
  });

  it('attempts to come back are spread, slow down, and stay close together in a call', () => {
    expect([0, 1, 2, 3].map((n) => backoff(n, false, 1))).toEqual([250, 500, 1000, 2000]);
    expect([backoff(50, false, 0), backoff(50, false, 1)]).toEqual([15_000, 30_000]);
    expect([backoff(50, true, 0), backoff(50, true, 1)]).toEqual([1000, 2000]);
  });
});
