import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ChatClient } from './support/chat-client.ts';
import { Device } from './support/device.ts';
import { Ringback } from './support/ringback.ts';

/** A second application on the same server; its users have the same names. */
const other = { sdkAppId: 1_400_000_078, key: 'f'.repeat(64) };

let ringback: Ringback;
let mine: ChatClient;
let theirs: ChatClient;
const devices: Device[] = [];

async function device(userId: string, app?: { sdkAppId: number; key: string }, deviceId?: string): Promise<Device> {
  const one = new Device(userId, deviceId);
  devices.push(one);
  // Sign-in needs the ports, the application and its key alone.
  await one.signIn(app === undefined ? ringback : (Object.assign(Object.create(ringback), app) as Ringback));
  return one;
}

beforeAll(async () => {
  ringback = await Ringback.start();
  await ringback.cli('app', 'create', '--id', String(other.sdkAppId), '--key', other.key, '--name', 'other');
  mine = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key });
  theirs = new ChatClient({ base: ringback.http, ...other });
});

afterAll(async () => {
  for (const one of devices) one.drop();
  await ringback?.dispose();
});

/** The answer without what differs from request to request, and without the id that was asked for. */
const bare = (answer: Answer, id: string): unknown =>
  JSON.parse(JSON.stringify({ ...answer, RequestId: '' }).replaceAll(id, '<id>'));

/** The commands that take an id of each kind. */
const engine = 'call_engine_http_srv';
const records = 'call_record_http_srv';
const group = 'group_open_http_svc';
const login = 'im_open_login_svc';
const byCall = [
  [engine, 'get_call_info', (CallId: string) => ({ CallId })],
  [engine, 'end_call', (CallId: string) => ({ CallId })],
  [records, 'get_record_by_callid', (CallId: string) => ({ CallId })],
] as const;
const byGroup = [
  [group, 'get_group_info', (GroupId: string) => ({ GroupIdList: [GroupId] })],
  [group, 'get_group_member_info', (GroupId: string) => ({ GroupId })],
  [group, 'get_specified_group_member_info', (GroupId: string) => ({ GroupId, Member_List_Account: ['amy'] })],
  [group, 'get_role_in_group', (GroupId: string) => ({ GroupId, User_Account: ['amy'] })],
  [group, 'add_group_member', (GroupId: string) => ({ GroupId, MemberList: [{ Member_Account: 'administrator' }] })],
  [group, 'delete_group_member', (GroupId: string) => ({ GroupId, MemberToDel_Account: ['amy'] })],
  [group, 'modify_group_base_info', (GroupId: string) => ({ GroupId, Name: 'stolen' })],
  [group, 'change_group_owner', (GroupId: string) => ({ GroupId, NewOwner_Account: 'administrator' })],
  [group, 'destroy_group', (GroupId: string) => ({ GroupId })],
] as const;
const byUser = [
  [login, 'account_check', (UserID: string) => ({ CheckItem: [{ UserID }] })],
  [login, 'kick', (UserID: string) => ({ UserID })],
  [login, 'account_delete', (UserID: string) => ({ DeleteItem: [{ UserID }] })],
  ['openim', 'query_online_status', (user: string) => ({ To_Account: [user], IsNeedDetail: 1 })],
  ['profile', 'portrait_get', (user: string) => ({ To_Account: [user], TagList: ['Tag_Profile_IM_Nick'] })],
  [group, 'get_joined_group_list', (Member_Account: string) => ({ Member_Account })],
  [
    engine,
    'start_call_by_robot',
    (user: string) => ({
      Robot_Account: 'robot',
      CalleeList_Account: [user],
      Timeout: 10_000,
      CallInfo: { MediaType: 'Audio' },
    }),
  ],
] as const;

describe('an application and the ids of another one', () => {
  it('finds by them what it finds by ids of nothing, with every command, and changes nothing', async () => {
    await mine.ok(login, 'account_import', { UserID: 'amy', Nick: 'Amy' });
    await mine.ok(login, 'account_import', { UserID: 'bob', Nick: 'Bob' });
    const { GroupId } = await mine.ok(group, 'create_group', {
      Type: 'Public',
      Name: 'ours',
      Owner_Account: 'amy',
      MemberList: [{ Member_Account: 'bob' }],
    });
    const [amy, bob] = [await device('amy'), await device('bob')];
    const { callId } = await amy.ask('call', { callees: ['bob'], mediaType: 'Audio', chatGroupId: GroupId });
    await bob.ask('accept', { callId });
    const nobody = 'zoe';
    for (const [service, command, body] of byUser) {
      const asked = await theirs.send(service, command, body('amy'));
      const never = await theirs.send(service, command, body(nobody));
      expect([command, bare(asked, 'amy')]).toEqual([command, bare(never, nobody)]);
    }
    const noCall = '00000000-0000-4000-8000-000000000000';
    for (const [service, command, body] of byCall) {
      const asked = await theirs.send(service, command, body(callId));
      expect(asked.ErrorCode).not.toBe(0);
      expect([command, bare(asked, callId)]).toEqual([
        command,
        bare(await theirs.send(service, command, body(noCall)), noCall),
      ]);
    }
    const noGroup = '@TGS#1ZZZZZZZZ';
    for (const [service, command, body] of byGroup) {
      const asked = await theirs.send(service, command, body(GroupId));
      expect([command, bare(asked, GroupId)]).toEqual([
        command,
        bare(await theirs.send(service, command, body(noGroup)), noGroup),
      ]);
    }
    expect((await theirs.ok(records, 'get_record_by_filter', {})).Response.TotalNum).toBe(0);
    expect((await theirs.ok(group, 'get_appid_group_list', {})).TotalCount).toBe(0);

    // All of it is as it was.
    const info = await mine.ok(engine, 'get_call_info', { CallId: callId });
    expect(info.Response.UserList).toHaveLength(2);
    expect(amy.closeCode + bob.closeCode).toBe(0);
    const [kept] = (await mine.ok(group, 'get_group_info', { GroupIdList: [GroupId] })).GroupInfo;
    expect(kept).toMatchObject({ Name: 'ours', Owner_Account: 'amy', MemberNum: 2 });
    await amy.ask('hangUp', { callId });
    await bob.hears('callEnded', (end) => end.callId === callId);
    expect((await theirs.send(records, 'get_record_by_callid', { CallId: callId })).ErrorCode).toBe(101050);
    expect((await theirs.send(engine, 'end_call', { CallId: callId })).ErrorCode).toBe(101004);
  });

  it('cannot act on its calls with any request, and hears none of its notices', async () => {
    const [cat, dan] = [await device('cat'), await device('dan')];
    const [twinCat, twinDan] = [await device('cat', other), await device('dan', other)];
    const stranger = await device('eve', other);
    await theirs.ok(login, 'account_import', { UserID: 'fay' });
    const { callId } = await cat.ask('call', { callees: ['dan'], mediaType: 'Audio', userData: 'secret' });
    await dan.hears('callReceived', (call) => call.callId === callId);
    const tries = [
      ['accept', {}],
      ['reject', {}],
      ['ignore', {}],
      ['hangUp', {}],
      ['join', {}],
      ['switchMedia', { mediaType: 'Video' }],
      ['invite', { users: ['fay'] }],
      ['resume', { eventSeq: 0 }],
      ['signal', { to: 'cat', data: 'x' }],
    ] as const;
    for (const one of [twinCat, twinDan, stranger]) {
      for (const [method, params] of tries) {
        await expect(one.ask(method, { callId, ...params }), method).rejects.toMatchObject({
          data: { name: 'no_such_call' },
        });
      }
    }
    await dan.ask('accept', { callId });
    // The same user of the other application is free, and is called there.
    const there = await twinDan.ask('call', { callees: ['cat'], mediaType: 'Audio' });
    expect(there.role).toBe('caller');
    await twinCat.hears('callReceived', (call) => call.callId === there.callId);
    await twinDan.ask('hangUp', { callId: there.callId });
    await cat.ask('hangUp', { callId });
    await dan.hears('callEnded', (end) => end.callId === callId);
    await twinCat.ask('ping', {});
    for (const one of [twinCat, twinDan, stranger]) {
      expect(JSON.stringify(one.notices)).not.toContain(callId);
      expect(JSON.stringify(one.notices)).not.toContain('secret');
    }
    for (const one of [cat, dan]) expect(JSON.stringify(one.notices)).not.toContain(there.callId);
  });

  it('cannot sign in with its signatures, on the socket or over REST', async () => {
    const forged = { sdkAppId: ringback.sdkAppId, key: other.key };
    await expect(device('amy', forged)).rejects.toMatchObject({ data: { name: 'bad_signature' } });
    const crossed = new ChatClient({ base: ringback.http, ...forged });
    expect((await crossed.send(engine, 'end_call', { CallId: 'x' })).ErrorCode).toBe(70009);
  });
});
