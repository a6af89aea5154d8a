import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from './support/chat-client.ts';
import { Device } from './support/device.ts';
import { Ringback, until } from './support/ringback.ts';

let ringback: Ringback;
let client: ChatClient;
const devices: Device[] = [];

async function device(userId: string, deviceId?: string, platform?: string): Promise<Device> {
  const one = new Device(userId, deviceId);
  devices.push(one);
  await one.signIn(ringback, platform === undefined ? {} : { platform });
  return one;
}

/** A server of the customer that is told of calls. */
class Hooks {
  readonly #got: { query: URLSearchParams; body: { CallInfo: { CallId: string; ChatGroupId: string } } }[] = [];
  readonly #server = createServer(async (request, response) => {
    const query = new URL(request.url ?? '', 'http://hooks').searchParams;
    this.#got.push({ query, body: JSON.parse(await text(request)) });
    response.end('{}');
  });

  static async open(): Promise<Hooks> {
    const hooks = new Hooks();
    await new Promise<void>((resolve) => hooks.#server.listen(0, '127.0.0.1', resolve));
    return hooks;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async hears(callId: string) {
    const find = () => this.#got.find(({ body }) => body.CallInfo.CallId === callId);
    await until(() => (find() === undefined ? `no webhook of ${callId}` : undefined), 15_000);
    return find() as NonNullable<ReturnType<typeof find>>;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let hooks: Hooks | undefined;

beforeAll(async () => {
  ringback = await Ringback.start();
  client = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key });
});

afterAll(async () => {
  for (const one of devices) one.drop();
  hooks?.close();
  await ringback.dispose();
});

describe('a deployment that keeps its users and groups here', () => {
  it('imports accounts, names them, and finds them', async () => {
    await client.accounts('account_import', { UserID: 'anna', Nick: 'Anna', FaceUrl: 'https://example.com/anna.png' });
    await client.accounts('account_import', { Identifier: 'ben' });
    const many = await client.accounts('multiaccount_import', {
      AccountList: [{ UserID: 'cleo', Nick: 'Cleo' }, { UserID: 'dora' }, { UserID: 'x'.repeat(33) }],
    });
    expect(many.FailAccounts).toEqual(['x'.repeat(33)]);
    expect((await client.accounts('multiaccount_import', { Accounts: ['emil', 'fritz'] })).FailAccounts).toEqual([]);
    const names = ['anna', 'ben', 'cleo', 'dora', 'emil', 'fritz', 'nobody'];
    const { ResultItem } = await client.accounts('account_check', { CheckItem: names.map((UserID) => ({ UserID })) });
    expect(ResultItem.map((one: { AccountStatus: string }) => one.AccountStatus)).toEqual([
      ...Array.from({ length: 6 }, () => 'Imported'),
      'NotImported',
    ]);
    await client.profile('portrait_set', {
      From_Account: 'ben',
      ProfileItem: [
        { Tag: 'Tag_Profile_IM_Nick', Value: 'Ben' },
        { Tag: 'Tag_Profile_IM_Gender', Value: 'Gender_Type_Male' },
      ],
    });
    const { UserProfileItem, ErrorDisplay } = await client.profile('portrait_get', {
      To_Account: ['anna', 'ben'],
      TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_IM_Image', 'Tag_Profile_IM_Gender'],
    });
    expect(ErrorDisplay).toBe('');
    expect(UserProfileItem).toEqual([
      {
        To_Account: 'anna',
        ProfileItem: [
          { Tag: 'Tag_Profile_IM_Nick', Value: 'Anna' },
          { Tag: 'Tag_Profile_IM_Image', Value: 'https://example.com/anna.png' },
        ],
        ResultCode: 0,
        ResultInfo: '',
      },
      {
        To_Account: 'ben',
        ProfileItem: [
          { Tag: 'Tag_Profile_IM_Nick', Value: 'Ben' },
          { Tag: 'Tag_Profile_IM_Gender', Value: 'Gender_Type_Male' },
        ],
        ResultCode: 0,
        ResultInfo: '',
      },
    ]);
  });

  it('sees who is online, on what', async () => {
    await device('anna', 'anna-phone', 'iOS');
    await device('anna', 'anna-desk', 'Web');
    const { QueryResult, ErrorList } = await client.ok('openim', 'query_online_status', {
      To_Account: ['anna', 'dora', 'nobody'],
      IsNeedDetail: 1,
    });
    expect(QueryResult).toEqual([
      {
        To_Account: 'anna',
        Status: 'Online',
        Detail: [
          { Platform: 'iPhone', Status: 'Online' },
          { Platform: 'Web', Status: 'Online' },
        ],
      },
      { To_Account: 'dora', Status: 'Offline', Detail: [] },
    ]);
    expect(ErrorList).toEqual([{ To_Account: 'nobody', ErrorCode: 70107 }]);
  });

  it('makes groups, changes them, and lists them as the documentation shows', async () => {
    expect(await client.groups('get_appid_group_list', {})).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      RequestId: expect.stringMatching(/^Id-[0-9a-f]{32}-O-Seq-[0-9]+$/),
      TotalCount: 0,
      GroupIdList: [],
      Next: 0,
    });
    const { GroupId: first } = await client.groups('create_group', {
      Type: 'Public',
      Name: 'Support',
      Owner_Account: 'anna',
      MemberList: [{ Member_Account: 'ben', Role: 'Admin' }],
    });
    expect(first).toMatch(/^@TGS#[0-9a][A-Z0-9]{8}$/);
    await client.groups('create_group', { Type: 'Private', Name: 'Lunch', GroupId: 'lunch', Owner_Account: 'ben' });
    const list = await client.groups('get_appid_group_list', { Limit: 1 });
    expect(list).toMatchObject({ TotalCount: 2, GroupIdList: [{ GroupId: first }] });
    expect(list.Next).toBeGreaterThan(0);
    const rest = await client.groups('get_appid_group_list', { Limit: 1, Next: list.Next });
    expect(rest).toMatchObject({ TotalCount: 2, GroupIdList: [{ GroupId: 'lunch' }], Next: 0 });
    const privates = await client.groups('get_appid_group_list', { GroupType: 'Private' });
    expect(privates).toMatchObject({ TotalCount: 1, GroupIdList: [{ GroupId: 'lunch' }] });

    const added = await client.groups('add_group_member', {
      GroupId: first,
      MemberList: [{ Member_Account: 'cleo' }, { Member_Account: 'ben' }, { Member_Account: 'nobody' }],
      Silence: 1,
    });
    expect(added.MemberList.map((one: { Result: number }) => one.Result)).toEqual([1, 2, 0]);
    await client.groups('modify_group_base_info', {
      GroupId: first,
      Name: 'Help desk',
      MaxMemberNum: 100,
      ShutUpAllMember: 'On',
      AppDefinedData: [{ Key: 'line', Value: '7' }],
    });
    const { GroupInfo } = await client.groups('get_group_info', {
      GroupIdList: [first, 'nothing'],
      ResponseFilter: {
        GroupBaseInfoFilter: ['Name', 'Owner_Account', 'MemberNum', 'MaxMemberNum', 'MuteAllMember'],
        MemberInfoFilter: ['Role'],
        AppDefinedDataFilter_Group: ['line'],
      },
    });
    expect(GroupInfo).toEqual([
      {
        GroupId: first,
        ErrorCode: 0,
        ErrorInfo: '',
        Name: 'Help desk',
        Owner_Account: 'anna',
        MemberNum: 3,
        MaxMemberNum: 100,
        MuteAllMember: 'On',
        AppDefinedData: [{ Key: 'line', Value: '7' }],
        MemberList: [
          { Member_Account: 'anna', Role: 'Owner' },
          { Member_Account: 'ben', Role: 'Admin' },
          { Member_Account: 'cleo', Role: 'Member' },
        ],
      },
      { GroupId: 'nothing', ErrorCode: 10010, ErrorInfo: expect.any(String) },
    ]);
    const page = await client.groups('get_group_member_info', { GroupId: first, Limit: 1, Offset: 1 });
    expect(page).toMatchObject({ MemberNum: 3, MemberList: [{ Member_Account: 'ben', Role: 'Admin' }] });
    const some = await client.groups('get_specified_group_member_info', {
      GroupId: first,
      Member_List_Account: ['cleo', 'dora'],
    });
    expect(some.MemberList).toHaveLength(1);

    await client.groups('change_group_owner', { GroupId: first, NewOwner_Account: 'cleo' });
    const roles = await client.groups('get_role_in_group', { GroupId: first, User_Account: ['anna', 'cleo', 'dora'] });
    expect(roles.UserIdList).toEqual([
      { Member_Account: 'anna', Role: 'Member' },
      { Member_Account: 'cleo', Role: 'Owner' },
      { Member_Account: 'dora', Role: 'NotMember' },
    ]);
    const joined = await client.groups('get_joined_group_list', {
      Member_Account: 'ben',
      ResponseFilter: { GroupBaseInfoFilter: ['Name'], SelfInfoFilter: ['Role'] },
    });
    expect(joined.TotalCount).toBe(2);
    expect(joined.GroupIdList).toContainEqual({ GroupId: 'lunch', Name: 'Lunch', SelfInfo: { Role: 'Owner' } });
    await client.groups('delete_group_member', { GroupId: first, MemberToDel_Account: ['ben'] });
    await client.groups('destroy_group', { GroupId: 'lunch' });
    expect((await client.groups('get_joined_group_list', { Member_Account: 'ben' })).GroupIdList).toEqual([]);
  });

  it('calls a group: members start and join, others do not, and webhooks name the group', async () => {
    hooks = await Hooks.open();
    await client.ok('call_config', 'set_callback', {
      Url: hooks.url,
      CallbackCommandList: ['Call.CallbackAfterStartCall'],
    });
    await client.groups('create_group', {
      Type: 'Private',
      Name: 'Rota',
      GroupId: 'rota',
      Owner_Account: 'cleo',
      MemberList: [{ Member_Account: 'dora' }, { Member_Account: 'emil' }],
    });
    const [cleo, dora, emil, fritz] = [
      await device('cleo'),
      await device('dora'),
      await device('emil'),
      await device('fritz'),
    ];
    const call = { mediaType: 'Audio', chatGroupId: 'rota' };
    await expect(fritz.ask('call', { ...call, callees: ['dora'] })).rejects.toMatchObject({ code: 101002 });
    const { callId } = await cleo.ask('call', { ...call, callees: ['dora'] });
    const { members } = await dora.hears('callReceived');
    expect(members[0]).toMatchObject({ userId: 'cleo', nick: 'Cleo' });
    await dora.ask('accept', { callId });
    await expect(fritz.ask('join', { callId })).rejects.toThrow();
    await emil.ask('join', { callId });
    const { Response } = await client.ok('call_engine_http_srv', 'get_call_info', { CallId: callId });
    expect(Response.CallInfo.ChatGroupId).toBe('rota');
    expect(Response.UserList.map((one: { User_Account: string }) => one.User_Account)).toEqual([
      'cleo',
      'dora',
      'emil',
    ]);
    const told = await hooks.hears(callId);
    expect(told.query.get('OptPlatform')).toBe('Web');
    expect(told.body.CallInfo.ChatGroupId).toBe('rota');
    // A call that is started over REST says so from its first event on.
    const robot = await client.ok('call_engine_http_srv', 'start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['fritz'],
      Timeout: 30_000,
      CallInfo: { MediaType: 'Audio' },
    });
    const started = await hooks.hears(robot.Response.CallId);
    expect(started.query.get('OptPlatform')).toBe('RESTAPI');
    await client.ok('call_engine_http_srv', 'end_call', { CallId: robot.Response.CallId });
  });

  it('kicks a user: off the call, off the sockets, and not back with an old signature', async () => {
    const cleo = devices.find(({ userId }) => userId === 'cleo');
    const dora = devices.find(({ userId }) => userId === 'dora');
    const old = dora?.userSig;
    await client.accounts('kick', { UserID: 'dora' });
    expect(await dora?.hears('kickedOut')).toEqual({ reason: 'kicked' });
    await cleo?.hears('callChanged', ({ changed }) =>
      changed.some((one: { userId: string; action: string }) => one.userId === 'dora' && one.action === 'Offline'),
    );
    const { QueryResult } = await client.ok('openim', 'query_online_status', { To_Account: ['dora'] });
    expect(QueryResult).toEqual([{ To_Account: 'dora', Status: 'Offline' }]);
    const back = new Device('dora');
    devices.push(back);
    await expect(back.signIn(ringback, { userSig: old })).rejects.toMatchObject({ code: 70052 });
  });

  it('deletes accounts, for good', async () => {
    const { ResultItem } = await client.accounts('account_delete', {
      DeleteItem: [{ UserID: 'emil' }, { UserID: 'nobody' }],
    });
    expect(ResultItem).toEqual([
      { ResultCode: 0, ResultInfo: '', UserID: 'emil' },
      { ResultCode: 70107, ResultInfo: 'Err_TLS_PT_Open_Login_Account_Not_Exist', UserID: 'nobody' },
    ]);
    const emil = devices.find(({ userId }) => userId === 'emil');
    expect(await emil?.hears('kickedOut')).toEqual({ reason: 'deleted' });
    const { MemberNum } = await client.groups('get_group_member_info', { GroupId: 'rota' });
    expect(MemberNum).toBe(2);
  });

  it('is told what Ringback does not have', async () => {
    for (const command of ['send_group_msg', 'modify_group_member_info', 'import_group']) {
      const answer = await client.send('group_open_http_svc', command, {});
      expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([60009, expect.stringContaining('not part of Ringback')]);
    }
  });

  it('may be done by another administrator once the operator has appointed one', async () => {
    const anna = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key, admin: 'anna' });
    const body = { CheckItem: [{ UserID: 'anna' }] };
    expect((await anna.send('im_open_login_svc', 'account_check', body)).ErrorCode).toBe(60010);
    await ringback.cli('app', 'add-admin', String(ringback.sdkAppId), 'anna');
    expect((await anna.send('im_open_login_svc', 'account_check', body)).ErrorCode).toBe(0);
    await ringback.cli('app', 'remove-admin', String(ringback.sdkAppId), 'anna');
    expect((await anna.send('im_open_login_svc', 'account_check', body)).ErrorCode).toBe(60010);
  });

  it('may be looked after by programs with a token, over the settings API', async () => {
    const made = JSON.parse(await ringback.cli('token', 'make', 'e2e', '--role', 'owner', '--json'));
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${ringback.http}/admin${path}`, { ...init, headers: { authorization: `Bearer ${made.text}` } });
    expect((await fetch(`${ringback.http}/admin/apps`)).status).toBe(401);
    const apps = (await (await ask('/apps')).json()) as { id: number }[];
    expect(apps.map(({ id }) => id)).toContain(ringback.sdkAppId);
    await ask(`/apps/${ringback.sdkAppId}/admins/ben`, { method: 'PUT' });
    const ben = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key, admin: 'ben' });
    const body = { CheckItem: [{ UserID: 'ben' }] };
    expect((await ben.send('im_open_login_svc', 'account_check', body)).ErrorCode).toBe(0);
    const log = (await (await ask('/audit?limit=1')).json()) as { entries: { who: string; operation: string }[] };
    expect(log.entries[0]).toMatchObject({ who: `token:${made.id}`, operation: 'app.addAdmin' });
    await ringback.cli('token', 'remove', made.id);
    expect((await ask('/apps')).status).toBe(401);
  });
});
