import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, Scene } from '../gateway/support.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ settings: { commandRate: 100_000, appRate: 100_000 } });
  await scene.accounts('alice', 'bob', 'carol', 'dave');
});
afterAll(() => scene.close());

/** No groups when a test begins. */
beforeEach(async () => {
  const { GroupIdList } = await send('get_appid_group_list', {});
  for (const { GroupId } of GroupIdList) await send('destroy_group', { GroupId });
});

const send = (command: string, body: object): Promise<Envelope> => scene.send(`group_open_http_svc/${command}`, body);
const refused = async (command: string, body: object): Promise<readonly [number, string]> => {
  const { ErrorCode, ErrorInfo } = await send(command, body);
  return [ErrorCode, ErrorInfo];
};
const make = (change: object = {}) =>
  send('create_group', { Type: 'Public', Name: 'Team', GroupId: 'team', Owner_Account: 'alice', ...change });
const info = async (GroupId = 'team', ResponseFilter?: object) =>
  (await send('get_group_info', { GroupIdList: [GroupId], ResponseFilter })).GroupInfo[0];
const accounts = (count: number, of = 'u') => Array.from({ length: count }, (_, i) => `${of}${i}`);
const members = (names: readonly string[]) => names.map((Member_Account) => ({ Member_Account }));

describe('create_group', () => {
  it('makes a group that get_group_info shows, with everything that was set', async () => {
    const answer = await make({
      Introduction: 'i'.repeat(240),
      Notification: 'n'.repeat(300),
      FaceUrl: 'f'.repeat(100),
      MaxMemberCount: 50,
      ApplyJoinOption: 'FreeAccess',
      InviteJoinOption: 'NeedPermission',
      AppDefinedData: [{ Key: 'color', Value: 'blue' }],
      MemberList: [
        { Member_Account: 'bob', Role: 'Admin', NameCard: 'Bobby' },
        { Member_Account: 'carol', AppMemberDefinedData: [{ Key: 'floor', Value: '3' }] },
        { Member_Account: 'alice' },
        { Member_Account: 'carol', AppMemberDefinedData: [{ Key: 'floor', Value: '4' }] },
      ],
    });
    expect(answer).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      RequestId: expect.any(String),
      GroupId: 'team',
      Type: 'Public',
      HugeGroupFlag: 0,
    });
    const time = Math.floor(scene.clock.now() / 1000);
    const member = { JoinTime: time, MsgSeq: 0, MsgFlag: 'AcceptAndNotify', LastSendMsgTime: 0, MuteUntil: 0 };
    expect(await info()).toEqual({
      GroupId: 'team',
      ErrorCode: 0,
      ErrorInfo: '',
      Type: 'Public',
      Name: 'Team',
      Introduction: 'i'.repeat(240),
      Notification: 'n'.repeat(300),
      FaceUrl: 'f'.repeat(100),
      Owner_Account: 'alice',
      CreateTime: time,
      InfoSeq: 1,
      LastInfoTime: time,
      LastMsgTime: 0,
      NextMsgSeq: 0,
      MemberNum: 3,
      MaxMemberNum: 50,
      ApplyJoinOption: 'FreeAccess',
      InviteJoinOption: 'NeedPermission',
      MuteAllMember: 'Off',
      ShutUpAllMember: 'Off',
      Appid: scene.app.sdkAppId,
      AppDefinedData: [{ Key: 'color', Value: 'blue' }],
      MemberList: [
        { Member_Account: 'alice', Role: 'Owner', NameCard: '', ...member },
        { Member_Account: 'bob', Role: 'Admin', NameCard: 'Bobby', ...member },
        {
          Member_Account: 'carol',
          Role: 'Member',
          NameCard: '',
          ...member,
          AppMemberDefinedData: [{ Key: 'floor', Value: '4' }],
        },
      ],
    });
  });

  it.each([
    ['Private', 'Private', '1', 0],
    ['Work', 'Private', '1', 0],
    ['Public', 'Public', '2', 0],
    ['ChatRoom', 'ChatRoom', '3', 0],
    ['Meeting', 'ChatRoom', '3', 0],
    ['AVChatRoom', 'AVChatRoom', 'a', 1],
    ['BChatRoom', 'BChatRoom', '4', 1],
    ['Community', 'Community', '5', 0],
  ])('of type %s gets an id of the documented form from the server', async (Type, kept, sign, flag) => {
    const { GroupId, ...answer } = await make({ Type, GroupId: undefined });
    expect(GroupId).toMatch(new RegExp(`^@TGS#${sign}[A-Z0-9]{8}$`));
    expect(answer).toMatchObject({ Type: kept, HugeGroupFlag: flag });
    expect((await info(GroupId)).Type).toBe(kept);
  });

  it('takes 100 members with all that may be attached to each', async () => {
    const data = Array.from({ length: 16 }, (_, n) => ({ Key: `k${n}`.padEnd(32, 'k'), Value: 'v'.repeat(512) }));
    const names = accounts(100);
    await scene.accounts(...names);
    const MemberList = names.map((Member_Account) => ({
      Member_Account,
      NameCard: 'c'.repeat(50),
      AppMemberDefinedData: data,
    }));
    const answer = await make({ MemberList, AppDefinedData: data, MaxMemberNum: undefined, MaxMemberCount: undefined });
    expect(answer).toMatchObject({ ErrorCode: 0, ErrorInfo: '' });
    expect((await info(answer.GroupId)).MemberNum).toBe(101);
  });

  it('takes the empty words of typed clients as absent', async () => {
    const MemberList = [{ Member_Account: 'bob', Role: '' }];
    expect(await make({ ApplyJoinOption: '', MemberList })).toMatchObject({ ErrorCode: 0 });
    expect((await scene.send('group_open_http_svc/get_appid_group_list', { GroupType: '' })).ErrorCode).toBe(0);
    expect((await make({ Type: '' })).ErrorInfo).toContain('Type is required');
  });

  it('is not changed by a request that names nothing', async () => {
    const { GroupId } = await make();
    const before = await info(GroupId);
    scene.clock.advance(60_000);
    expect((await scene.send('group_open_http_svc/modify_group_base_info', { GroupId })).ErrorCode).toBe(0);
    expect(await info(GroupId)).toEqual(before);
    const none = await scene.send('group_open_http_svc/modify_group_base_info', { GroupId: 'nothing' });
    expect(none.ErrorCode).toBe(10010);
  });

  it('needs no owner', async () => {
    expect((await make({ Owner_Account: undefined })).ErrorCode).toBe(0);
    expect(await info()).toMatchObject({ Owner_Account: '', MemberNum: 0, MemberList: [] });
  });

  it('is answered 10025 when the same owner has the group already, 10021 when somebody else has', async () => {
    await make();
    expect((await make()).ErrorCode).toBe(10025);
    expect((await make({ Owner_Account: 'bob' })).ErrorCode).toBe(10021);
    expect((await make({ Owner_Account: undefined })).ErrorCode).toBe(10021);
  });

  it.each([
    ['no type', { Type: undefined }, 10004, 'Type is required'],
    ['an unknown type', { Type: 'Club' }, 10004, 'Type must be one of'],
    ['no name', { Name: undefined }, 10004, 'Name is required'],
    ['an empty name', { Name: '' }, 10004, 'Name must not be empty'],
    ['a name of 31 bytes', { Name: `${'é'.repeat(15)}x` }, 10004, 'Name must not be longer than 30'],
    ['an introduction of 241 bytes', { Introduction: 'x'.repeat(241) }, 10004, 'Introduction must not'],
    ['a notification of 301 bytes', { Notification: 'x'.repeat(301) }, 10004, 'Notification must not'],
    ['a picture of 101 bytes', { FaceUrl: 'x'.repeat(101) }, 10004, 'FaceUrl must not'],
    ['an id of 49 bytes', { GroupId: 'x'.repeat(49) }, 10015, '1 to 48'],
    ['an id beyond ASCII', { GroupId: 'größe' }, 10015, '1 to 48'],
    ['an id like those of the server', { GroupId: '@TGS#1ABCDEAEF' }, 10015, '@TGS#'],
    ['an owner without an account', { Owner_Account: 'nobody' }, 10019, 'nobody'],
    ['an owner who is a number', { Owner_Account: 7 }, 60015, 'Owner_Account'],
    ['a member without an account', { MemberList: members(['bob', 'nobody']) }, 10019, 'nobody'],
    ['101 members', { MemberList: members(accounts(101)) }, 10005, '100'],
    ['a second owner', { MemberList: [{ Member_Account: 'bob', Role: 'Owner' }] }, 10004, 'Role must be one of'],
    [
      'a name card of 51 bytes',
      { MemberList: [{ Member_Account: 'bob', NameCard: 'x'.repeat(51) }] },
      10004,
      'NameCard',
    ],
    ['members of an AVChatRoom', { Type: 'AVChatRoom', MemberList: members(['bob']) }, 10007, ''],
    ['more members than it may have', { MaxMemberCount: 1, MemberList: members(['bob']) }, 10038, ''],
    ['room for 6001', { MaxMemberCount: 6001 }, 10038, 'MaxMemberCount must be at most 6000'],
    ['room for nobody', { MaxMemberCount: 0 }, 10004, 'MaxMemberCount must be at least 1'],
    ['an unknown option', { ApplyJoinOption: 'Sometimes' }, 10004, 'ApplyJoinOption must be one of'],
    ['a key of 33 bytes', { AppDefinedData: [{ Key: 'k'.repeat(33), Value: '' }] }, 10004, 'AppDefinedData.Key'],
    ['a value of 513 bytes', { AppDefinedData: [{ Key: 'k', Value: 'v'.repeat(513) }] }, 10004, 'AppDefinedData.Value'],
    ['17 keys', { AppDefinedData: accounts(17).map((Key) => ({ Key, Value: '' })) }, 10004, '16 keys'],
  ])('refuses %s', async (_, change, code, text) => {
    const answer = await make(change);
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([code, expect.stringContaining(text)]);
    expect((await send('get_appid_group_list', {})).TotalCount).toBe(0);
  });

  it('takes a name of 30 bytes, an id of 48, and the other name of the number of members', async () => {
    const GroupId = '~'.repeat(48);
    expect((await make({ Name: 'é'.repeat(15), GroupId, MaxMemberNum: 6000 })).ErrorCode).toBe(0);
    expect(await info(GroupId)).toMatchObject({ Name: 'é'.repeat(15), MaxMemberNum: 6000 });
  });

  it('refuses somebody who is in as many groups as there may be', async () => {
    await scene.change({ overrides: { groupsJoined: 2 } });
    try {
      await make({ GroupId: 'g1' });
      await make({ GroupId: 'g2' });
      expect((await make({ GroupId: 'g3' })).ErrorCode).toBe(10037);
      expect((await make({ GroupId: 'g3', Owner_Account: 'bob' })).ErrorCode).toBe(0);
      const add = (names: readonly string[]) => send('add_group_member', { GroupId: 'g3', MemberList: members(names) });
      expect((await add(['alice'])).ErrorCode).toBe(10037);
      // A member whom a new group names is no exception, and then there is no group either.
      const named = { GroupId: 'g4', Owner_Account: 'bob', MemberList: members(['alice']) };
      expect((await make(named)).ErrorCode).toBe(10037);
      expect((await send('get_group_info', { GroupIdList: ['g4'] })).GroupInfo[0].ErrorCode).toBe(10010);
      expect((await add(['alice', 'carol'])).MemberList).toEqual([
        { Member_Account: 'alice', Result: 0 },
        { Member_Account: 'carol', Result: 1 },
      ]);
    } finally {
      await scene.change({ overrides: {} });
    }
  });
});

describe('members', () => {
  it('are added once, and reported one by one', async () => {
    await make();
    const add = (list: readonly string[]) => send('add_group_member', { GroupId: 'team', MemberList: members(list) });
    expect(
      (await add(['bob', 'nobody', 'x'.repeat(40), 'alice', 'bob'])).MemberList.map(
        (one: { Result: number }) => one.Result,
      ),
    ).toEqual([1, 0, 0, 2, 1]);
    expect((await add(['bob'])).MemberList).toEqual([{ Member_Account: 'bob', Result: 2 }]);
    expect(await info()).toMatchObject({ MemberNum: 2 });
    expect((await add(['nobody'])).ErrorCode).toBe(10019);
  });

  it('are added all or not at all when the group is full', async () => {
    await make({ MaxMemberCount: 2 });
    const add = (list: readonly string[]) =>
      refused('add_group_member', { GroupId: 'team', MemberList: members(list) });
    expect((await add(['bob', 'carol']))[0]).toBe(10014);
    expect((await add(['bob']))[0]).toBe(0);
    expect((await add(['bob']))[0]).toBe(0);
    expect((await add(['carol']))[0]).toBe(10014);
    expect((await info()).MemberNum).toBe(2);
    for (const name of ['MaxMemberCount', 'MaxMemberNum']) {
      const refusal = await refused('modify_group_base_info', { GroupId: 'team', [name]: 1 });
      expect(refusal).toEqual([10004, `${name} must be at least 2, the number of members`]);
    }
  });

  it.each([
    ['an unknown group', 'add_group_member', { GroupId: 'no', MemberList: members(['bob']) }, 10010],
    ['a group id that is none', 'add_group_member', { GroupId: 'x'.repeat(49), MemberList: members(['bob']) }, 10015],
    ['301 accounts', 'add_group_member', { GroupId: 'team', MemberList: members(accounts(301)) }, 10005],
    ['nobody', 'add_group_member', { GroupId: 'team', MemberList: [] }, 10004],
    ['a Silence of 2', 'add_group_member', { GroupId: 'team', MemberList: members(['bob']), Silence: 2 }, 10004],
    ['an AVChatRoom', 'add_group_member', { GroupId: 'live', MemberList: members(['bob']) }, 10007],
    ['the owner', 'delete_group_member', { GroupId: 'team', MemberToDel_Account: ['bob', 'alice'] }, 10009],
    ['an unknown group', 'delete_group_member', { GroupId: 'no', MemberToDel_Account: ['bob'] }, 10010],
    ['nobody', 'delete_group_member', { GroupId: 'team', MemberToDel_Account: [] }, 10004],
    ['501 accounts', 'delete_group_member', { GroupId: 'team', MemberToDel_Account: accounts(501) }, 10005],
    ['an unknown group', 'get_role_in_group', { GroupId: 'no', User_Account: ['bob'] }, 10010],
    ['501 accounts', 'get_role_in_group', { GroupId: 'team', User_Account: accounts(501) }, 10005],
    ['an unknown group', 'change_group_owner', { GroupId: 'no', NewOwner_Account: 'bob' }, 10010],
    ['who is no member', 'change_group_owner', { GroupId: 'team', NewOwner_Account: 'dave' }, 10004],
    ['who has no account', 'change_group_owner', { GroupId: 'team', NewOwner_Account: 'nobody' }, 10019],
  ] as const)('%s is refused by %s', async (_, command, body, code) => {
    await make({ MemberList: members(['bob']) });
    await make({ GroupId: 'live', Type: 'AVChatRoom' });
    expect((await refused(command, body))[0]).toBe(code);
  });

  it('leave, one alone as text too; who is none is no error', async () => {
    await make({ MemberList: members(['bob', 'carol']) });
    expect(
      (await send('delete_group_member', { GroupId: 'team', MemberToDel_Account: 'bob', Silence: 1 })).ErrorCode,
    ).toBe(0);
    expect(
      (await send('delete_group_member', { GroupId: 'team', MemberToDel_Account: ['bob', 'dave'] })).ErrorCode,
    ).toBe(0);
    expect((await info()).MemberNum).toBe(2);
  });

  it('have roles, and the owner can be another one', async () => {
    await make({ MemberList: [{ Member_Account: 'bob', Role: 'Admin' }, { Member_Account: 'carol' }] });
    const roles = async () =>
      (
        await send('get_role_in_group', { GroupId: 'team', User_Account: ['carol', 'alice', 'bob', 'nobody'] })
      ).UserIdList.map((one: { Role: string }) => one.Role);
    expect(await roles()).toEqual(['Member', 'Owner', 'Admin', 'NotMember']);
    expect((await send('change_group_owner', { GroupId: 'team', NewOwner_Account: 'carol' })).ErrorCode).toBe(0);
    expect(await roles()).toEqual(['Owner', 'Member', 'Admin', 'NotMember']);
    expect(await info()).toMatchObject({ Owner_Account: 'carol', InfoSeq: 2 });
    expect((await send('change_group_owner', { GroupId: 'team', NewOwner_Account: 'carol' })).ErrorCode).toBe(0);
  });

  it('who are deleted as accounts are members no more; their groups belong to nobody then', async () => {
    await scene.accounts('erin');
    await make({ MemberList: members(['erin']) });
    await make({ GroupId: 'hers', Owner_Account: 'erin', MemberList: members(['bob']) });
    await scene.send('im_open_login_svc/account_delete', { DeleteItem: [{ UserID: 'erin' }] });
    expect(await info()).toMatchObject({ MemberNum: 1, MemberList: [{ Member_Account: 'alice' }] });
    expect(await info('hers')).toMatchObject({ Owner_Account: '', MemberList: [{ Member_Account: 'bob' }] });
  });
});

describe('modify_group_base_info and destroy_group', () => {
  it('changes what is named and leaves the rest, by old names too', async () => {
    await make({
      Introduction: 'old',
      AppDefinedData: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    scene.clock.advance(5000);
    const change = {
      Name: 'New',
      ShutUpAllMember: 'On',
      MaxMemberCount: 7,
      AppDefinedData: [{ Key: 'b', Value: '3' }],
    };
    expect((await send('modify_group_base_info', { GroupId: 'team', ...change })).ErrorCode).toBe(0);
    const after = await info();
    expect(after).toMatchObject({
      Name: 'New',
      Introduction: 'old',
      MuteAllMember: 'On',
      MaxMemberNum: 7,
      InfoSeq: 2,
      AppDefinedData: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '3' },
      ],
    });
    expect(after.LastInfoTime).toBe(after.CreateTime + 5);
  });

  it.each([
    ['an unknown group', { GroupId: 'no', Name: 'x' }, 10010],
    ['a name of 31 bytes', { GroupId: 'team', Name: 'x'.repeat(31) }, 10004],
    ['room for fewer than there are', { GroupId: 'team', MaxMemberNum: 1 }, 10004],
    ['room for 6001', { GroupId: 'team', MaxMemberNum: 6001 }, 10038],
    ['no group', { Name: 'x' }, 10004],
    [
      'too many keys in all',
      { GroupId: 'team', AppDefinedData: accounts(16, 'k').map((Key) => ({ Key, Value: '' })) },
      10004,
    ],
  ])('refuses %s', async (_, body, code) => {
    await make({ MemberList: members(['bob']), AppDefinedData: [{ Key: 'x', Value: '' }] });
    expect((await refused('modify_group_base_info', body))[0]).toBe(code);
    expect(await info()).toMatchObject({ Name: 'Team', InfoSeq: 1 });
  });

  it('what is destroyed is gone, members and all, and its id is free', async () => {
    await make({ MemberList: members(['bob']) });
    expect((await send('destroy_group', { GroupId: 'team' })).ErrorCode).toBe(0);
    expect((await refused('destroy_group', { GroupId: 'team' }))[0]).toBe(10010);
    expect((await send('get_joined_group_list', { Member_Account: 'bob' })).TotalCount).toBe(0);
    await make({ Owner_Account: 'carol' });
    expect(await info()).toMatchObject({ MemberNum: 1, Owner_Account: 'carol' });
  });
});
