import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Envelope, RawClient, Scene } from '../gateway/support.ts';

let scene: Scene;
const groups = (command: string, body: object): Promise<Envelope> => scene.send(`group_open_http_svc/${command}`, body);

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('alice', 'bob');
  await groups('create_group', { Type: 'Public', Name: 'Team', GroupId: 'team', Owner_Account: 'alice' });
});
afterAll(() => scene.close());

const attached = (count: number, key = 'k', value = 'v') =>
  Array.from({ length: count }, (_, n) => ({ Key: n === 0 ? key : `k${n}`, Value: value }));

describe('limits of group commands', () => {
  const illegal = 'ü';
  it.each<[string, string, object, number]>([
    ['get_specified_group_member_info', 'no account', { GroupId: 'team', Member_List_Account: [] }, 10004],
    [
      'get_specified_group_member_info',
      '501 accounts',
      { GroupId: 'team', Member_List_Account: Array.from({ length: 501 }, (_, n) => `u${n}`) },
      10005,
    ],
    [
      'modify_group_base_info',
      'an introduction of 241 bytes',
      { GroupId: 'team', Introduction: 'x'.repeat(241) },
      10004,
    ],
    [
      'modify_group_base_info',
      'a notification of 301 bytes',
      { GroupId: 'team', Notification: 'x'.repeat(301) },
      10004,
    ],
    ['modify_group_base_info', 'a picture of 101 bytes', { GroupId: 'team', FaceUrl: 'x'.repeat(101) }, 10004],
    ['modify_group_base_info', 'an option that is none', { GroupId: 'team', ApplyJoinOption: 'Perhaps' }, 10004],
    ['modify_group_base_info', 'an illegal id', { GroupId: illegal, Name: 'x' }, 10015],
    ['destroy_group', 'an illegal id', { GroupId: illegal }, 10015],
    ['get_role_in_group', 'an illegal id', { GroupId: illegal, User_Account: ['bob'] }, 10015],
    ['change_group_owner', 'an illegal id', { GroupId: illegal, NewOwner_Account: 'bob' }, 10015],
    ['delete_group_member', 'an illegal id', { GroupId: illegal, MemberToDel_Account: ['bob'] }, 10015],
  ])('%s refuses %s', async (command, _, body, code) => {
    expect((await groups(command, body)).ErrorCode).toBe(code);
  });

  it.each([
    ['an empty key', attached(1, ''), 10004],
    ['a key of 33 bytes', attached(1, 'k'.repeat(33)), 10004],
    ['a value of 513 bytes', attached(1, 'k', 'v'.repeat(513)), 10004],
    ['17 keys', attached(17), 10004],
    ['16 keys of 32 bytes and values of 512', attached(16, 'k'.repeat(32), 'v'.repeat(512)), 0],
  ])('what is attached to a member: %s', async (_, AppMemberDefinedData, code) => {
    const MemberList = [{ Member_Account: 'bob', AppMemberDefinedData }];
    const answer = await groups('create_group', { Type: 'Public', Name: 'Other', Owner_Account: 'alice', MemberList });
    expect(answer.ErrorCode).toBe(code);
  });
});

describe('limits of account commands', () => {
  it('an id of 33 bytes is told as the item that it is, and refused where it is the only one', async () => {
    const UserID = 'x'.repeat(33);
    const { ResultItem } = await scene.send('im_open_login_svc/account_delete', {
      DeleteItem: [{ UserID }, { UserID: 'nobody' }],
    });
    expect(ResultItem.map(({ ResultCode }: { ResultCode: number }) => ResultCode)).toEqual([70402, 70107]);
    expect((await scene.send('im_open_login_svc/kick', { UserID })).ErrorCode).toBe(70402);
  });
});

describe('rates', () => {
  /** The windows themselves have tests of their own; here it is how many each command is allowed, by a count without a clock. */
  const asked = new Map<string, number>();
  const taken = new Map<string, number>();
  let counted: Scene;

  beforeAll(async () => {
    const rates = {
      free: (key: string, limit: number): boolean => {
        asked.set(key, limit);
        return (taken.get(key) ?? 0) < limit;
      },
      take: (key: string): void => {
        taken.set(key, (taken.get(key) ?? 0) + 1);
      },
      room: () => true,
    };
    // On a fast machine the node's own window says the same first.
    counted = await Scene.open({ gateway: { rates } });
  });
  afterAll(() => counted.close());

  it.each<[string, number, string, number]>([
    ['v1/callback/set', 10, 'errorCode', 70005],
    ['v1/callback/get', 10, 'errorCode', 70005],
    ['v1/callback/update', 10, 'errorCode', 70005],
    ['v1/callback/delete', 10, 'errorCode', 70005],
    ['v1/records/get_record_by_callId', 20, 'errorCode', 70005],
    ['v1/records/get_records_by_filter', 200, 'errorCode', 70005],
    ['im_open_login_svc/account_delete', 100, 'ErrorCode', 60007],
    ['group_open_http_svc/get_appid_group_list', 200, 'ErrorCode', 60007],
    ['group_open_http_svc/add_group_member', 200, 'ErrorCode', 60007],
  ])('%s: of one more than %i the last is refused', async (command, rate, member, code) => {
    taken.clear();
    const client = await RawClient.open(counted.port);
    const codes: number[] = [];
    for (let n = 0; n <= rate; n += 1) {
      client.post(counted.target(command), '{}');
      codes.push((await client.answer({ ms: 30_000 })).json()[member]);
    }
    client.close();
    expect(codes.indexOf(code)).toBe(rate);
    expect([...asked.values()]).toContain(rate);
  });
});
