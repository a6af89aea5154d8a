import { groupId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notOffered } from '../../src/commands/not-offered.ts';
import { type Envelope, Scene } from '../gateway/support.ts';

let scene: Scene;
const count = 250;
const crowd = 40;

const send = (command: string, body: object): Promise<Envelope> => scene.send(`group_open_http_svc/${command}`, body);

beforeAll(async () => {
  scene = await Scene.open({ settings: { commandRate: 100_000, appRate: 100_000 } });
  await scene.accounts('alice', 'bob');
  const names = Array.from({ length: crowd }, (_, i) => `member${i}`);
  await scene.send('im_open_login_svc/multiaccount_import', { Accounts: names });
  const kinds = ['Public', 'Private', 'ChatRoom', 'AVChatRoom', 'Community'];
  const made = [];
  for (let i = 0; i < count; i += 1) {
    const body = {
      Type: kinds[i % 5],
      Name: `Group ${i}`,
      GroupId: `g${i}`,
      Owner_Account: i % 50 === 0 ? 'alice' : undefined,
    };
    made.push(send('create_group', body));
    if (made.length === 50) await Promise.all(made.splice(0));
  }
  await Promise.all(made);
  for (const GroupId of ['g0', 'g4']) {
    await send('add_group_member', { GroupId, MemberList: names.map((Member_Account) => ({ Member_Account })) });
  }
});
afterAll(() => scene.close());

describe('get_appid_group_list', () => {
  async function walk(body: object): Promise<{ ids: string[]; totals: Set<number> }> {
    const ids: string[] = [];
    const totals = new Set<number>();
    let Next: number | undefined;
    for (let page = 0; Next !== 0 && page < 1000; page += 1) {
      const answer = await send('get_appid_group_list', { ...body, ...(Next === undefined ? {} : { Next }) });
      ids.push(...answer.GroupIdList.map(({ GroupId }: { GroupId: string }) => GroupId));
      totals.add(answer.TotalCount);
      Next = answer.Next;
    }
    return { ids, totals };
  }

  it('answers exactly the documented members', async () => {
    expect(await send('get_appid_group_list', {})).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      RequestId: expect.stringMatching(/^Id-[0-9a-f]{32}-O-Seq-[0-9]+$/),
      TotalCount: count,
      GroupIdList: expect.arrayContaining([{ GroupId: 'g0' }]),
      Next: 0,
    });
  });

  it.each([1, 7, 125, 249, 250, 251, 10_000])(
    'in pages of %s is every group once, in the order of making',
    async (Limit) => {
      const { ids, totals } = await walk({ Limit });
      expect(ids).toHaveLength(count);
      expect(new Set(ids).size).toBe(count);
      expect([...totals]).toEqual([count]);
      expect(ids.indexOf('g249')).toBeGreaterThan(ids.indexOf('g0'));
    },
  );

  it.each([
    ['Work', 1],
    ['Private', 1],
    ['Meeting', 2],
    ['AVChatRoom', 3],
  ])('of type %s counts and lists that type only', async (GroupType, rest) => {
    const { ids, totals } = await walk({ GroupType, Limit: 7 });
    expect(ids.sort()).toEqual(Array.from({ length: count / 5 }, (_, i) => `g${i * 5 + rest}`).sort());
    expect([...totals]).toEqual([count / 5]);
  });

  it('does not lose its place when groups come and go between two pages', async () => {
    const first = await send('get_appid_group_list', { Limit: 100 });
    await send('destroy_group', { GroupId: first.GroupIdList[99].GroupId });
    await send('create_group', { Type: 'Public', Name: 'late', GroupId: 'late' });
    const rest = await send('get_appid_group_list', { Next: first.Next });
    expect(rest.GroupIdList).toHaveLength(151);
    expect(rest.GroupIdList.at(-1)).toEqual({ GroupId: 'late' });
    await send('destroy_group', { GroupId: 'late' });
    await send('create_group', { Type: 'Private', Name: 'again', GroupId: first.GroupIdList[99].GroupId });
  });

  it('takes any unsigned number as a place; behind the end there is nothing', async () => {
    for (const Next of [Number.MAX_SAFE_INTEGER, 1.8446744073709552e19]) {
      expect(await send('get_appid_group_list', { Next })).toMatchObject({
        GroupIdList: [],
        Next: 0,
        TotalCount: count,
      });
    }
  });

  it.each([
    ['a limit of 10001', { Limit: 10_001 }],
    ['a limit below 0', { Limit: -1 }],
    ['a place below 0', { Next: -1 }],
    ['a place that is text', { Next: 'x' }],
    ['an unknown type', { GroupType: 'Club' }],
  ])('refuses %s', async (_, body) => {
    expect((await send('get_appid_group_list', body)).ErrorCode).toBe(10004);
  });
});

describe('get_group_member_info', () => {
  const list = async (body: object) => send('get_group_member_info', { GroupId: 'g0', ...body });
  const names = (answer: Envelope) => answer.MemberList.map((one: { Member_Account: string }) => one.Member_Account);

  it('shows any page in the order of joining', async () => {
    const all = names(await list({}));
    expect(all).toHaveLength(crowd + 1);
    expect(all[0]).toBe('alice');
    for (const [Offset, Limit] of [
      [0, 10],
      [35, 10],
      [41, 5],
      [40, 1],
      [1000, 5],
    ] as const) {
      const page = await list({ Offset, Limit });
      expect(names(page)).toEqual(all.slice(Offset, Offset + Limit));
      expect(page.MemberNum).toBe(crowd + 1);
    }
  });

  it('shows what the filters name', async () => {
    const of = async (MemberInfoFilter: readonly string[]) =>
      (await list({ Limit: 1, MemberInfoFilter })).MemberList[0];
    expect(await of(['Role', 'ShutUpUntil', 'Nonsense'])).toEqual({
      Member_Account: 'alice',
      Role: 'Owner',
      ShutUpUntil: 0,
    });
    expect(await of(['OnlineStatus'])).toEqual({ Member_Account: 'alice', OnlineStatus: 'Offline' });
    scene.presence.online(scene.app.sdkAppId, userId('alice'), { device: 'phone' as never, platform: 'Web', since: 0 });
    expect(await of(['OnlineStatus'])).toEqual({ Member_Account: 'alice', OnlineStatus: 'Online' });
    expect(Object.keys(await of([]))).toHaveLength(8);
  });

  it('shows roles that are asked for', async () => {
    expect(names(await list({ MemberRoleFilter: ['Owner'] }))).toEqual(['alice']);
    expect(names(await list({ MemberRoleFilter: ['Owner', 'Member'], Limit: 2, Offset: 1 }))).toHaveLength(2);
    expect(names(await list({ MemberRoleFilter: ['Admin'] }))).toEqual([]);
    expect((await list({ MemberRoleFilter: ['King'] })).ErrorCode).toBe(10004);
  });

  it('shows what has changed at once, also when all were asked for before', async () => {
    const before = names(await list({}));
    await send('delete_group_member', { GroupId: 'g0', MemberToDel_Account: ['member3'] });
    expect(names(await list({}))).toEqual(before.filter((name: string) => name !== 'member3'));
    await send('add_group_member', { GroupId: 'g0', MemberList: [{ Member_Account: 'member3' }] });
    expect(names(await list({})).at(-1)).toBe('member3');
  });

  it('of a Community is paged by Next', async () => {
    const ids = [];
    let Next = '';
    do {
      const page = await send('get_group_member_info', { GroupId: 'g4', Limit: 15, Next });
      ids.push(...names(page));
      Next = page.Next;
    } while (Next !== '');
    expect(new Set(ids).size).toBe(crowd);
    expect((await send('get_group_member_info', { GroupId: 'g4', Next: 'x' })).ErrorCode).toBe(10004);
  });

  it.each([
    ['an unknown group', { GroupId: 'no' }, 10010],
    ['an illegal group', { GroupId: '' }, 10015],
    ['a limit of 6001', { GroupId: 'g0', Limit: 6001 }, 10004],
    ['an offset below 0', { GroupId: 'g0', Offset: -1 }, 10004],
  ])('refuses %s', async (_, body, code) => {
    expect((await send('get_group_member_info', body)).ErrorCode).toBe(code);
  });

  it('certain members are shown without the others', async () => {
    const body = { GroupId: 'g0', Member_List_Account: ['member5', 'bob', 'alice'] };
    expect(names(await send('get_specified_group_member_info', body))).toEqual(['member5', 'alice']);
    const owners = await send('get_specified_group_member_info', { ...body, MemberRoleFilter: ['Owner'] });
    expect(names(owners)).toEqual(['alice']);
    expect((await send('get_specified_group_member_info', { ...body, GroupId: 'no' })).ErrorCode).toBe(10010);
  });
});

describe('get_group_info', () => {
  it('has a result of its own for each group', async () => {
    const answer = await send('get_group_info', { GroupIdList: ['g1', 'no', 'x'.repeat(49)] });
    expect(answer.GroupInfo.map(({ ErrorCode }: Envelope) => ErrorCode)).toEqual([0, 10010, 10015]);
    expect(answer.ErrorCode).toBe(0);
  });

  it('restricts each part to what its filter names', async () => {
    await send('modify_group_base_info', {
      GroupId: 'g0',
      AppDefinedData: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    const ResponseFilter = {
      GroupBaseInfoFilter: ['Name', 'ShutUpAllMember'],
      MemberInfoFilter: ['Member_Account'],
      AppDefinedDataFilter_Group: ['b'],
    };
    const { GroupInfo } = await send('get_group_info', { GroupIdList: ['g0'], ResponseFilter });
    const { MemberList, ...base } = GroupInfo[0];
    expect(base).toEqual({
      GroupId: 'g0',
      ErrorCode: 0,
      ErrorInfo: '',
      Name: 'Group 0',
      ShutUpAllMember: 'Off',
      AppDefinedData: [{ Key: 'b', Value: '2' }],
    });
    expect(MemberList[0]).toEqual({ Member_Account: 'alice' });
  });

  it('takes 50 groups and no more, and none is too few', async () => {
    const ids = Array.from({ length: 51 }, (_, i) => `g${i}`);
    expect((await send('get_group_info', { GroupIdList: ids.slice(1) })).GroupInfo).toHaveLength(50);
    expect((await send('get_group_info', { GroupIdList: ids })).ErrorCode).toBe(10004);
    expect((await send('get_group_info', { GroupIdList: [] })).ErrorCode).toBe(10004);
  });
});

describe('get_joined_group_list', () => {
  const joined = (body: object) => send('get_joined_group_list', { Member_Account: 'alice', ...body });
  const ids = (answer: Envelope) => answer.GroupIdList.map((one: { GroupId: string }) => one.GroupId);

  it('lists the groups of a user, in pages', async () => {
    expect(await joined({})).toMatchObject({
      TotalCount: 5,
      GroupIdList: ['g0', 'g100', 'g150', 'g200', 'g50'].map((GroupId) => ({ GroupId })),
    });
    const page = await joined({ Offset: 1, Limit: 2 });
    expect([page.TotalCount, ids(page)]).toEqual([5, ['g100', 'g150']]);
    expect(ids(await joined({ Offset: 9 }))).toEqual([]);
    expect(ids(await joined({ GroupType: 'Private' }))).toEqual([]);
  });

  it('shows what the filters name', async () => {
    const ResponseFilter = { GroupBaseInfoFilter: ['Name', 'Type'], SelfInfoFilter: ['Role', 'JoinTime'] };
    const { GroupIdList } = await joined({ Limit: 1, ResponseFilter });
    expect(GroupIdList).toEqual([
      { GroupId: 'g0', Type: 'Public', Name: 'Group 0', SelfInfo: { Role: 'Owner', JoinTime: expect.any(Number) } },
    ]);
  });

  it('leaves huge groups out unless they are asked for', async () => {
    await send('create_group', { Type: 'AVChatRoom', Name: 'live', GroupId: 'live', Owner_Account: 'bob' });
    expect(ids(await joined({ Member_Account: 'bob' }))).toEqual([]);
    expect(ids(await joined({ Member_Account: 'bob', WithHugeGroups: 1 }))).toEqual(['live']);
  });

  it.each([
    ['somebody without an account', { Member_Account: 'nobody' }, 10019],
    ['no account', { Member_Account: undefined }, 10004],
    ['a limit below 0', { Limit: -1 }, 10004],
  ])('refuses %s', async (_, body, code) => {
    expect((await joined(body)).ErrorCode).toBe(code);
  });
});

describe('answers about groups', () => {
  it('larger than 1 MB are refused with what to do', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `crowd-${String(i).padStart(26, '0')}`);
    for (let from = 0; from < names.length; from += 100) {
      await scene.send('im_open_login_svc/multiaccount_import', { Accounts: names.slice(from, from + 100) });
    }
    for (const GroupId of ['big1', 'big2', 'big3']) {
      await send('create_group', { Type: 'Public', Name: 'big', GroupId });
      for (let from = 0; from < names.length; from += 300) {
        const MemberList = names.slice(from, from + 300).map((Member_Account) => ({ Member_Account }));
        await send('add_group_member', { GroupId, MemberList });
      }
    }
    const whole = await send('get_group_info', { GroupIdList: ['big1', 'big2', 'big3'] });
    expect([whole.ErrorCode, whole.ErrorInfo]).toEqual([10018, 'The answer is larger than 1 MB.']);
    const ResponseFilter = { MemberInfoFilter: ['Member_Account'] };
    const less = await send('get_group_info', { GroupIdList: ['big1', 'big2', 'big3'], ResponseFilter });
    expect(less.GroupInfo[2].MemberList).toHaveLength(3000);
  });

  it('without a limit show all members, or are refused; a Community is shown in pages', async () => {
    const { sdkAppId } = scene.app;
    const fill = (group: string, from: number, to: number) => {
      const members = Array.from({ length: to - from }, (_, i) => userId(`m${from + i}`));
      const joining = members.map((id) => ({ userId: id, role: 'Member' as const, nameCard: '', data: {} }));
      return scene.store.groups.add(sdkAppId, groupId(group), joining, 1000);
    };
    for (const group of ['g3', 'g4']) await fill(group, 0, 6100);
    const all = async (GroupId: string, more = {}) => await send('get_group_member_info', { GroupId, ...more });
    for (const more of [{}, { Limit: 0 }]) expect((await all('g3', more)).MemberList).toHaveLength(6100);
    expect((await all('g3', { Offset: 6050 })).MemberList).toHaveLength(50);
    expect(await all('g4')).toMatchObject({ Next: '6000', MemberNum: 6100 + crowd });
    await fill('g3', 6100, 8000);
    expect((await all('g3')).ErrorCode).toBe(10018);
    expect((await all('g3', { Limit: 6000 })).MemberList).toHaveLength(6000);
  });

  it('take no longer for thousands of words that nobody knows than for those that are meant', async () => {
    await send('create_group', { Type: 'Public', Name: 'wide', GroupId: 'wide' });
    const joining = Array.from({ length: 6000 }, (_, i) => {
      const data: Record<string, string> = i % 100 === 0 ? { seat: String(i) } : {};
      return { userId: userId(`w${i}`), role: 'Member' as const, nameCard: '', data };
    });
    await scene.store.groups.add(scene.app.sdkAppId, groupId('wide'), joining, 1000);
    // As many as a body holds.
    const unknown = Array.from({ length: 13_000 }, () => 'x');
    /** The quickest of some answers: what else the machine does must not count. */
    const best = async (command: string, body: object) => {
      let [ms, answer] = [Number.POSITIVE_INFINITY, {} as Envelope];
      for (let turn = 0; turn < 4; turn += 1) {
        const from = performance.now();
        answer = await send(command, body);
        ms = Math.min(ms, performance.now() - from);
      }
      const { RequestId: _, ...rest } = answer;
      return { ms, rest };
    };
    const filters = (more: readonly string[]) => ({
      MemberInfoFilter: [...more, 'Role'],
      AppDefinedDataFilter_GroupMember: [...more.slice(0, 1000), 'seat'],
    });
    for (const [command, body] of [
      ['get_group_member_info', (more: readonly string[]) => ({ GroupId: 'wide', ...filters(more) })],
      ['get_group_info', (more: readonly string[]) => ({ GroupIdList: ['wide'], ResponseFilter: filters(more) })],
    ] as const) {
      const few = await best(command, body([]));
      const many = await best(command, body(unknown));
      expect(few.rest.ErrorCode).toBe(0);
      expect(many.rest).toEqual(few.rest);
      expect(many.ms, command).toBeLessThan(4 * few.ms + 50);
    }
  });
});

describe('commands of the chat service that Ringback does not have', () => {
  it.each([...notOffered])('%s is answered 60009 and says so', async (command) => {
    const answer = await scene.send(command, {});
    expect(answer.ErrorCode).toBe(60009);
    expect(answer.ErrorInfo).toContain('not part of Ringback');
  });
});
