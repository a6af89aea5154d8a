import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fakeBrowser } from './fake-browser.ts';
import { type App, House, outcome, until } from './support.ts';

/** A socket that holds what is asked with this method until something has come. */
const holding = (held: string) =>
  class extends WebSocket {
    override send(data: unknown): void {
      const { method } = JSON.parse(String(data)) as { method: string };
      if (method === held) this.once('message', () => super.send(data as string));
      else super.send(data as string);
    }
  };

describe('calls that others are in', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    await house.clear();
    vi.unstubAllGlobals();
  });
  afterAll(() => house?.close());

  const apps = async (...users: readonly string[]): Promise<App[]> => {
    const all: App[] = [];
    for (const user of users) all.push(await house.app(user));
    return all;
  };

  /** Anna and Bob are in a group call in a room of their own. */
  async function groupCall(place: object): Promise<readonly [App, App, string]> {
    const [anna, bob] = (await apps('anna', 'bob')) as [App, App];
    await anna.engine.calls({ userIDList: ['bob'], type: 1, chatGroupID: 'team', ...place });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    const { callId } = await anna.hears('onCallBegin');
    return [anna, bob, String(callId)];
  }

  it('are joined by the number of a room, by its name, by a group, and by both', async () => {
    const [anna, , callId] = await groupCall({ roomID: 123 });
    const carl = await house.app('carl');
    const join = (params: object) => carl.engine.joinInGroupCall(params);
    for (const [times, params] of [
      { groupID: 'team', roomID: 123, strRoomID: '', type: 1 },
      { groupID: 'team' },
      { roomID: 123, groupID: '' },
      { callId },
    ].entries()) {
      expect(await join(params)).toMatchObject({ code: 0, data: { callId } });
      await anna.hears('onUserJoin', times + 2);
      await carl.engine.hangup();
      await carl.hears('onCallEnd', times + 1);
    }
    // Another room of the group, the text of the number, nothing at all, and no room that can be.
    expect(await outcome(join({ groupID: 'team', roomID: 7 }))).toMatchObject({ code: 101_004 });
    expect(await outcome(join({ strRoomID: '123' }))).toMatchObject({ code: 101_004 });
    expect(await outcome(join({ type: 1 }))).toMatchObject({ code: -1202, functionName: 'joinInGroupCall' });
    expect(await outcome(join({ roomID: -1 }))).toMatchObject({ code: -1202 });
  });

  it('are joined by the name that the application gave the room, and by the one that the server gave it', async () => {
    const [anna, bob, callId] = await groupCall({ strRoomID: 'room-7' });
    const carl = await house.app('carl');
    expect(await carl.engine.joinInGroupCall({ strRoomID: 'room-7' })).toMatchObject({ data: { callId } });
    await anna.hears('onUserJoin', 2);
    for (const app of [anna, bob, carl]) {
      await app.engine.hangup().catch(() => {});
      await app.hears('onCallEnd');
    }
    await anna.engine.calls({ userIDList: ['bob'], type: 1, chatGroupID: 'team' });
    const { strRoomID } = await bob.hears('onCallReceived', 2);
    await bob.engine.accept();
    await anna.hears('onCallBegin', 2);
    expect(await outcome(carl.engine.joinInGroupCall({ strRoomID: String(strRoomID) }))).toBe('done');
  });

  it('are told of after joining has come back, each member once', async () => {
    const [, , callId] = await groupCall({});
    const carl = await house.app('carl');
    await carl.hears('sdkReady');
    carl.heard.length = 0;
    await carl.engine.join({ callId });
    expect(carl.heard).toEqual([]);
    await carl.hears('onUserJoin', 2);
    const names = carl.heard.map(({ name }) => name);
    expect(names[0]).toBe('onCallBegin');
    expect(
      carl
        .of('onUserJoin')
        .map(({ userID }) => userID)
        .sort(),
    ).toEqual(['anna', 'bob']);
    expect(names.filter((name) => name === 'onUserJoin')).toHaveLength(2);
  });

  it('are not heard to be left by a device that only rings', async () => {
    const [anna, bob, callId] = await groupCall({});
    const [carl, dora] = (await apps('carl', 'dora')) as [App, App];
    await dora.engine.join({ callId });
    await anna.engine.inviteUser({ userIDList: ['carl'] });
    await carl.hears('onCallReceived');
    await dora.engine.hangup();
    await bob.hears('onUserLeave');
    await anna.engine.hangup();
    await bob.hears('onUserLeave', 2);
    await carl.engine.accept();
    await carl.hears('onUserJoin');
    expect(carl.of('onUserLeave')).toEqual([]);
    await bob.engine.hangup();
    expect(await carl.hears('onUserLeave')).toEqual({ userID: 'bob' });
  });

  it('are heard to be left by who was signed out while ringing, whether in the call or ringing too', async () => {
    const [anna, bob, kim, dora] = (await apps('anna', 'bob', 'kim', 'dora')) as [App, App, App, App];
    await anna.engine.calls({ userIDList: ['bob', 'kim', 'dora'], type: 1 });
    for (const one of [bob, kim, dora]) await one.hears('onCallReceived');
    await bob.engine.accept();
    await bob.hears('onUserJoin');
    // Signatures of this second are good no longer, so that nobody else is called Kim.
    await house.rest('im_open_login_svc/kick', { UserID: 'kim' });
    for (const one of [anna, bob, dora]) expect(await one.hears('onUserLeave')).toEqual({ userID: 'kim' });
    await anna.engine.hangup();
    await bob.hears('onUserLeave', 2);
    expect([anna.of('onUserLeave').length, dora.of('onUserLeave').length]).toEqual([1, 1]);
  });

  it.each(['while it rings', 'once it was answered'])(
    'are calls of several as soon as somebody is invited, who is busy, too, %s',
    async (when) => {
      const [anna, bob, carl] = (await apps('anna', 'bob', 'carl', 'dora')) as [App, App, App, App];
      await carl.engine.calls({ userIDList: ['dora'], type: 1 });
      await anna.engine.calls({ userIDList: ['bob'], type: 2 });
      await bob.hears('onCallReceived');
      const begin = async () => {
        await bob.engine.accept();
        await anna.hears('onUserJoin');
      };
      if (when === 'once it was answered') await begin();
      await anna.engine.inviteUser({ userIDList: ['carl'] });
      expect(await anna.hears('onUserLineBusy')).toEqual({ userID: 'carl' });
      await bob.hears('onUserLineBusy');
      if (when === 'while it rings') await begin();
      for (const { engine } of [anna, bob]) {
        expect(engine.client.call?.view.callType).toBe('MultiCall');
        expect(await outcome(engine.switchCallMediaType(1))).toMatchObject({ code: -1205 });
      }
      expect([anna.of('onError'), bob.of('onError')]).toEqual([[], []]);
      await bob.engine.hangup();
      expect(await anna.hears('onUserLeave')).toEqual({ userID: 'bob' });
      expect(await anna.hears('onGroupCallInviteeListUpdate')).toEqual({ userIDList: ['anna'] });
    },
  );

  it('and that ring here are answered by dialling who calls, as the server decides', async () => {
    const [anna, bob] = (await apps('anna', 'bob')) as [App, App];
    await house.app('carl');
    await anna.engine.calls({ userIDList: ['bob'], type: 1, userData: 'first' });
    const { callId } = await bob.hears('onCallReceived');
    expect(await outcome(bob.engine.calls({ userIDList: ['carl'], type: 1 }))).toMatchObject({ code: -1203 });
    expect(await bob.engine.calls({ userIDList: ['anna'], type: 2 })).toMatchObject({ code: 0, data: { callId } });
    expect(await bob.hears('onCallBegin')).toMatchObject({ callId, callRole: 'callee', callMediaType: 1 });
    expect(await anna.hears('onCallBegin')).toMatchObject({ callId, callRole: 'caller' });
    expect([anna.of('onUserJoin').length, bob.of('onCallNotConnected').length]).toEqual([1, 0]);
  });

  it('are shown from the first moment as the server shows them', async () => {
    const [anna, bob, carl] = (await apps('anna', 'bob', 'carl')) as [App, App, App];
    await bob.engine.setSelfInfo({ nickName: 'Bob B.' });
    await carl.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    await house.app('dora');
    const views: unknown[] = [];
    anna.engine.client.on('call', ({ call }) => views.push(call.view));
    await bob.engine.reject();
    await carl.hears('onCallNotConnected');
    await carl.engine.calls({ userIDList: ['dora'], type: 1 });
    // Dora is busy, and Bob has a name: nobody here could know either.
    const { call } = await anna.engine.client.dial(['bob', 'dora'], { mediaType: 'Audio' });
    expect(views).toMatchObject([{ callId: call.id, eventSeq: 2, members: [{ userId: 'anna' }, { nick: 'Bob B.' }] }]);
    expect(await anna.hears('onUserLineBusy')).toEqual({ userID: 'dora' });
    expect(anna.of('onUserLineBusy')).toHaveLength(1);
  });

  it('are watched over from the moment they are dialled: the device pings soon, and then more often', async () => {
    const sent: string[] = [];
    class Listening extends WebSocket {
      override send(data: unknown): void {
        sent.push((JSON.parse(String(data)) as { method: string }).method);
        super.send(data as string);
      }
    }
    await house.app('bob');
    const anna = await house.page('anna', { WebSocket: Listening as never });
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') });
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    // An idle device pings after 25 s; a call whose device is silent for 15 s is over.
    await until(
      'two pings',
      () => sent.filter((method) => method === 'ping').length,
      (count) => count >= 2,
      12_000,
    );
    expect(anna.engine.client.call?.status).toBe('ringing');
  });

  it('are entered again, or others begun, at once after a reload of the page that was in one', async () => {
    const [bob, carl, dora] = (await apps('bob', 'carl', 'dora')) as [App, App, App];
    const anna = await house.app('anna', { deviceId: 'tab' });
    await anna.engine.calls({ userIDList: ['bob', 'carl'], type: 1 });
    for (const one of [bob, carl]) {
      await one.hears('onCallReceived');
      await one.engine.accept();
    }
    const { callId } = await carl.hears('onCallBegin');
    await bob.hears('onUserJoin', 2);
    const reload = async (page: App) => {
      page.engine.client.close();
      return house.app('anna', { deviceId: 'tab' });
    };
    const second = await reload(anna);
    expect(await outcome(second.engine.join({ callId: String(callId) }))).toBe('done');
    await bob.hears('onUserJoin', 3);
    const ofAnna = bob.heard.filter(
      ({ name, payload }) => /^onUser(Join|Leave)$/.test(name) && payload?.userID === 'anna',
    );
    expect(ofAnna.map(({ name }) => name)).toEqual(['onUserJoin', 'onUserLeave', 'onUserJoin']);
    const third = await reload(second);
    expect(await outcome(third.engine.calls({ userIDList: ['dora'], type: 1 }))).toBe('done');
    await dora.hears('onCallReceived');
    await bob.hears('onUserLeave', 2);
    expect(bob.of('onCallEnd')).toEqual([]);
  });

  it('and that ring while others are dialled are told of once that was refused, so that nobody takes them for refused', async () => {
    const [bob, carl] = (await apps('bob', 'carl')) as [App, App];
    const anna = await house.app('anna', { WebSocket: holding('call') as never });
    const order: string[] = [];
    anna.engine.on('onCallReceived', () => order.push('rings'));
    const { client } = anna.engine;
    const dialled = client.dial(['bob'], { mediaType: 'Audio' }).catch(({ reason }) => order.push(reason));
    await carl.engine.calls({ userIDList: ['anna'], type: 1 });
    await dialled;
    await anna.hears('onCallReceived');
    expect(order).toEqual(['already_in_call', 'rings']);
    expect(await outcome(anna.engine.accept())).toBe('done');
    await carl.hears('onUserJoin');
    expect([anna.of('onCallReceived').length, bob.of('onCallReceived').length]).toEqual([1, 0]);
  });

  it('and that ring while one is looked for are told of once none was found', async () => {
    const carl = await house.app('carl');
    const anna = await house.app('anna', { WebSocket: holding('findCall') as never });
    const order: unknown[] = [];
    anna.engine.on('onCallReceived', () => order.push('rings'));
    const asked = anna.engine.joinInGroupCall({ groupID: 'team' }).catch(({ code }) => order.push(code));
    await carl.engine.calls({ userIDList: ['anna'], type: 1 });
    await anna.hears('onCallReceived');
    await asked;
    expect(order).toEqual([101_004, 'rings']);
  });

  it.each(['calls', 'join'] as const)(
    'and that ring while %s waits for the microphone end that first',
    async (method) => {
      const [bob, carl] = (await apps('bob', 'carl')) as [App, App];
      const { devices } = fakeBrowser();
      const anna = await house.app('anna', { media: undefined });
      devices.answer = 'wait';
      const order: unknown[] = [];
      anna.engine.on('onCallReceived', () => order.push('rings'));
      const asked =
        method === 'join'
          ? anna.engine.join({ callId: 'of others' })
          : anna.engine.calls({ userIDList: ['bob'], type: 1 });
      asked.catch(({ code }) => order.push(code));
      await until(
        'the prompt',
        () => devices.prompts.length,
        (count) => count === 1,
      );
      await carl.engine.calls({ userIDList: ['anna'], type: 1 });
      await anna.hears('onCallReceived');
      expect(order).toEqual([-1203, 'rings']);
      // What the user allows after all is not kept; who answers is asked anew.
      devices.prompts[0]?.allow();
      await until(
        'the microphone to be given back',
        () => devices.live.length,
        (count) => count === 0,
      );
      devices.answer = 'allow';
      expect(await outcome(anna.engine.accept())).toBe('done');
      await carl.hears('onUserJoin');
      expect([anna.of('onCallReceived').length, bob.of('onCallReceived').length]).toEqual([1, 0]);
    },
  );

  it('and that ring while the one who calls is dialled wait for the microphone with it, and are answered', async () => {
    const carl = await house.app('carl');
    const { devices } = fakeBrowser();
    const anna = await house.app('anna', { media: undefined });
    devices.answer = 'wait';
    const asked = outcome(anna.engine.calls({ userIDList: ['carl'], type: 1 }));
    await until(
      'the prompt',
      () => devices.prompts.length,
      (count) => count === 1,
    );
    await carl.engine.calls({ userIDList: ['anna'], type: 1 });
    await until(
      'the ring',
      () => anna.engine.client.call?.status,
      (status) => status === 'ringing',
    );
    devices.prompts[0]?.allow();
    expect(await asked).toBe('done');
    await carl.hears('onUserJoin');
    expect(anna.of('onCallReceived')).toEqual([]);
  });
});
