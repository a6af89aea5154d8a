import { deviceId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from '../gateway/support.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('alice', 'bob');
});
afterAll(() => scene.close());

const send = (command: string, body: object) => scene.send(command, body);
const account = async (name: string) =>
  (await scene.store.accounts.find(scene.app.sdkAppId, [userId(name)])).get(userId(name));

const importOne = 'im_open_login_svc/account_import';
const importMany = 'im_open_login_svc/multiaccount_import';
const remove = 'im_open_login_svc/account_delete';
const check = 'im_open_login_svc/account_check';
const kick = 'im_open_login_svc/kick';
const online = 'openim/query_online_status';

describe('account_import', () => {
  it('makes an account with name and picture; sent again, it changes what it names only', async () => {
    expect(await send(importOne, { UserID: 'dave', Nick: 'Dave', FaceUrl: 'https://e.com/d.png' })).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      RequestId: expect.stringMatching(/^Id-/),
    });
    expect(await account('dave')).toMatchObject({ nick: 'Dave', avatar: 'https://e.com/d.png' });
    expect(await send(importOne, { UserID: 'dave', Nick: 'David' })).toMatchObject({ ErrorCode: 0 });
    expect(await account('dave')).toMatchObject({ nick: 'David', avatar: 'https://e.com/d.png' });
    expect(await send(importOne, { UserID: 'dave', Nick: null })).toMatchObject({ ErrorCode: 0 });
    expect(await account('dave')).toMatchObject({ nick: 'David' });
  });

  it('takes the older name of the field, and the newer one when both are there', async () => {
    expect(await send(importOne, { Identifier: 'erin' })).toMatchObject({ ErrorCode: 0 });
    expect(await account('erin')).toBeDefined();
    expect(await send(importOne, { Identifier: 'not-me', UserID: 'me' })).toMatchObject({ ErrorCode: 0 });
    expect(await account('not-me')).toBeUndefined();
  });

  it('takes the older name inside lists too, and where the newer one is there and empty', async () => {
    expect((await send(importOne, { UserID: '', Identifier: 'jim' })).ErrorCode).toBe(0);
    expect(await account('jim')).toBeDefined();
    const old = [{ Identifier: 'jim' }, { Identifier: 'no-one' }];
    for (const list of [old, old.map((one) => ({ UserID: '', ...one }))]) {
      const { ResultItem } = await send(check, { CheckItem: list });
      expect(ResultItem.map(({ UserID, AccountStatus }: Record<string, string>) => [UserID, AccountStatus])).toEqual([
        ['jim', 'Imported'],
        ['no-one', 'NotImported'],
      ]);
    }
    expect((await send(importMany, { AccountList: [{ Identifier: 'joe', Nick: 'Joe' }] })).FailAccounts).toEqual([]);
    expect(await account('joe')).toMatchObject({ nick: 'Joe' });
    expect((await send(remove, { DeleteItem: [{ Identifier: 'joe' }] })).ResultItem).toMatchObject([{ ResultCode: 0 }]);
    expect(await account('joe')).toBeUndefined();
  });

  it.each([
    ['no id', {}, 70402, 'UserID is required'],
    ['an empty id', { UserID: '' }, 70402, 'UserID must be 1 to 32'],
    ['an id of 33 bytes', { UserID: 'x'.repeat(33) }, 70402, 'UserID must be 1 to 32'],
    ['an id beyond ASCII', { UserID: 'jürgen' }, 70402, 'UserID must be 1 to 32'],
    ['an older id that is too long', { Identifier: 'x'.repeat(33) }, 70402, 'Identifier must be 1 to 32'],
    ['a number as id', { UserID: 7 }, 60015, 'UserID must be a string'],
    ['a number as older id', { Identifier: 7 }, 70402, 'Identifier must be a string'],
    ['a name that is no text', { UserID: 'x', Nick: 7 }, 70402, 'Nick must be a string'],
    ['a name of 501 bytes', { UserID: 'x', Nick: `${'é'.repeat(250)}x` }, 40601, 'Nick must not be longer'],
    ['a picture of 501 bytes', { UserID: 'x', FaceUrl: 'x'.repeat(501) }, 40601, 'FaceUrl must not be longer'],
  ])('refuses %s', async (_, body, code, text) => {
    const answer = await send(importOne, body);
    expect(answer).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: code });
    expect(answer.ErrorInfo).toContain(text);
  });

  it('takes an id of 32 bytes and a name of 500', async () => {
    expect(await send(importOne, { UserID: `${'~ '.repeat(16)}`, Nick: 'é'.repeat(250) })).toMatchObject({
      ErrorCode: 0,
    });
  });
});

describe('an application with as many accounts as it can have', () => {
  let full: Scene;
  beforeAll(async () => {
    full = await Scene.open({ maxAccounts: 10, app: { overrides: { unknownCallee: 'ring' } } });
    for (let n = 0; n < 10; n += 1) await full.send(importOne, { UserID: `user-${n}` });
    await full.send(remove, { DeleteItem: Array.from({ length: 10 }, (_, n) => ({ UserID: `user-${n}` })) });
  });
  afterAll(() => full.close());
  const tooMany = {
    ActionStatus: 'FAIL',
    ErrorCode: 70398,
    ErrorInfo: expect.stringContaining('(limits.accounts)'),
  };

  it('gets no further one, though all were deleted; those that come back are taken', async () => {
    expect(await full.send(importOne, { UserID: 'eleventh' })).toMatchObject(tooMany);
    expect(await full.send(importMany, { Accounts: ['eleventh', 'user-1'] })).toMatchObject(tooMany);
    const back = { Accounts: ['user-0', 'user-1'] };
    expect(await full.send(importMany, back)).toMatchObject({ ErrorCode: 0, FailAccounts: [] });
  });

  it('calls whoever is there, also where strangers are made by being called', async () => {
    await full.send(importOne, { UserID: 'user-2' });
    const call = (...callees: readonly string[]) =>
      full.send('call_engine_http_srv/start_call_by_robot', {
        Robot_Account: 'robot',
        CalleeList_Account: callees,
        CallInfo: { MediaType: 'Audio' },
        Timeout: 10_000,
      });
    expect(await call('eleventh')).toMatchObject(tooMany);
    const results = [
      { Callee_Account: 'eleventh', ResultCode: 70107 },
      { Callee_Account: 'user-2', ResultCode: 0 },
    ];
    expect(await call('eleventh', 'user-2')).toMatchObject({ ErrorCode: 0, Response: { CallResult: results } });
  });
});

describe('multiaccount_import', () => {
  it('makes those that are valid and lists the others, in both forms', async () => {
    const list = [
      { UserID: 'm1', Nick: 'M' },
      { UserID: '' },
      { UserID: 'm2', Nick: 'x'.repeat(501) },
      { UserID: 'm3' },
    ];
    expect(await send(importMany, { AccountList: list })).toMatchObject({ ErrorCode: 0, FailAccounts: ['', 'm2'] });
    expect([await account('m1'), await account('m2'), await account('m3')]).toMatchObject([
      { nick: 'M' },
      undefined as never,
      { nick: '' },
    ]);
    expect(await send(importMany, { Accounts: ['m4', 'ü'] })).toMatchObject({ ErrorCode: 0, FailAccounts: ['ü'] });
    expect(await account('m4')).toBeDefined();
  });

  it.each([
    ['neither list', {}, 'AccountList is required'],
    ['an empty list', { AccountList: [] }, 'AccountList must have 1 to 100 entries'],
    ['101 accounts', { Accounts: Array.from({ length: 101 }, (_, i) => `n${i}`) }, 'Accounts must have 1 to 100'],
    ['an entry without an id', { AccountList: [{ Nick: 'x' }] }, 'AccountList[0].UserID is required'],
  ])('refuses %s', async (_, body, text) => {
    const answer = await send(importMany, body);
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([70402, expect.stringContaining(text)]);
  });

  it('takes 100 accounts at once with the longest names and pictures, which is more than other commands may be sent', async () => {
    const list = (extra: string) =>
      Array.from({ length: 100 }, (_, i) => ({
        UserID: `full${i}`.padEnd(32, '_'),
        Nick: 'n'.repeat(500),
        FaceUrl: `https://e.com/${extra}`.padEnd(500, 'p'),
      }));
    expect(await send(importMany, { AccountList: list('') })).toMatchObject({ ErrorCode: 0, FailAccounts: [] });
    expect(await account('full99'.padEnd(32, '_'))).toMatchObject({ nick: 'n'.repeat(500) });
    const tooLarge = { AccountList: list(''), more: 'x'.repeat(1_048_576) };
    expect(await send(importMany, tooLarge)).toMatchObject({
      ErrorCode: 60003,
      ErrorInfo: expect.stringContaining('larger than 1048576 bytes'),
    });
    expect((await send(importOne, { UserID: 'x', more: 'x'.repeat(65_536) })).ErrorCode).toBe(60003);
  });

  it('lists an account whose picture is too long', async () => {
    const AccountList = [
      { UserID: 'longface', FaceUrl: 'x'.repeat(501) },
      { UserID: 'shortface', FaceUrl: 'x'.repeat(500) },
    ];
    expect(await send(importMany, { AccountList })).toMatchObject({ ErrorCode: 0, FailAccounts: ['longface'] });
    expect(await account('longface')).toBeUndefined();
  });

  it('takes 100 accounts at once', async () => {
    const Accounts = Array.from({ length: 100 }, (_, i) => `bulk${i}`);
    expect(await send(importMany, { Accounts })).toMatchObject({ ErrorCode: 0, FailAccounts: [] });
  });
});

describe('account_check and account_delete', () => {
  it('know who exists; what is deleted exists no more and can be made anew, as a blank page', async () => {
    await send(importOne, { UserID: 'gone', Nick: 'Gone' });
    const item = 'Tag_Profile_IM_Location';
    await send('profile/portrait_set', { From_Account: 'gone', ProfileItem: [{ Tag: item, Value: 'Here' }] });
    const CheckItem = [{ UserID: 'gone' }, { UserID: 'x'.repeat(40) }];
    const status = async () =>
      (await send(check, { CheckItem })).ResultItem.map((one: { AccountStatus: string }) => one.AccountStatus);
    expect(await status()).toEqual(['Imported', 'NotImported']);
    const DeleteItem = [{ UserID: 'gone' }, { UserID: 'never' }, { UserID: 'gone' }, { UserID: 'administrator' }];
    await scene.accounts('administrator');
    expect((await send(remove, { DeleteItem })).ResultItem).toEqual([
      { ResultCode: 0, ResultInfo: '', UserID: 'gone' },
      { ResultCode: 70107, ResultInfo: 'Err_TLS_PT_Open_Login_Account_Not_Exist', UserID: 'never' },
      { ResultCode: 0, ResultInfo: '', UserID: 'gone' },
      { ResultCode: 70402, ResultInfo: expect.stringContaining('administrator'), UserID: 'administrator' },
    ]);
    expect(await status()).toEqual(['NotImported', 'NotImported']);
    await send(importOne, { UserID: 'gone' });
    expect(await status()).toEqual(['Imported', 'NotImported']);
    expect(await account('gone')).toMatchObject({ nick: '', avatar: '' });
    const profile = await send('profile/portrait_get', { To_Account: ['gone'], TagList: [item] });
    expect(profile.UserProfileItem[0].ProfileItem).toEqual([]);
  });

  it.each([
    [remove, 'DeleteItem'],
    [check, 'CheckItem'],
  ])('%s refuses no and more than 100 accounts', async (command, field) => {
    for (const list of [[], Array.from({ length: 101 }, (_, i) => ({ UserID: `u${i}` }))]) {
      const answer = await send(command, { [field]: list });
      expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([70402, `${field} must have 1 to 100 entries`]);
    }
    expect(await send(command, {})).toMatchObject({ ErrorCode: 70402, ErrorInfo: `${field} is required` });
  });
});

describe('kick', () => {
  it('voids what was signed up to this second, and nothing that is signed later', async () => {
    const now = Math.floor(scene.clock.now() / 1000);
    await scene.change({ admins: ['administrator', 'bob'] });
    expect(await scene.send(check, { CheckItem: [{ UserID: 'bob' }] }, { identifier: 'bob' })).toMatchObject({
      ErrorCode: 0,
    });
    expect(await send(kick, { Identifier: 'bob' })).toMatchObject({ ErrorCode: 0 });
    const code = async (time: number) =>
      (await scene.send(check, { CheckItem: [{ UserID: 'bob' }] }, { identifier: 'bob', time })).ErrorCode;
    expect([await code(now - 5), await code(now), await code(now + 1)]).toEqual([70052, 70052, 0]);
  });

  it('voids nothing of a user without an account, who can be imported and kicked then', async () => {
    const time = Math.floor(scene.clock.now() / 1000);
    // Good, but not an administrator's.
    const code = async () => (await scene.send(check, {}, { identifier: 'newcomer', time })).ErrorCode;
    expect(await send(kick, { UserID: 'newcomer' })).toMatchObject({ ErrorCode: 70107 });
    expect([await code(), await account('newcomer')]).toEqual([60010, undefined]);
    await send(importOne, { UserID: 'newcomer' });
    expect(await send(kick, { UserID: 'newcomer' })).toMatchObject({ ErrorCode: 0 });
    expect(await code()).toBe(70052);
  });

  it.each([
    ['an account that does not exist', { UserID: 'nobody' }, 70107],
    ['no account', {}, 70402],
  ])('refuses %s', async (_, body, code) => {
    expect(await send(kick, body)).toMatchObject({ ErrorCode: code });
  });
});

describe('query_online_status', () => {
  it('tells platforms from the devices that are signed in, and who does not exist', async () => {
    const since = scene.clock.now();
    const on = (name: string, device: string, platform: 'iOS' | 'Web' | 'Windows' | 'macOS') =>
      scene.presence.online(scene.app.sdkAppId, userId(name), { device: deviceId(device), platform, since });
    on('alice', 'phone', 'iOS');
    on('alice', 'tab1', 'Web');
    on('alice', 'tab2', 'Web');
    on('alice', 'desk', 'Windows');
    on('alice', 'lap', 'macOS');
    const asked = { To_Account: ['alice', 'bob', 'nobody', 'x'.repeat(40)] };
    const ErrorList = [
      { To_Account: 'nobody', ErrorCode: 70107 },
      { To_Account: 'x'.repeat(40), ErrorCode: 70107 },
    ];
    expect(await send(online, asked)).toMatchObject({
      QueryResult: [
        { To_Account: 'alice', Status: 'Online' },
        { To_Account: 'bob', Status: 'Offline' },
      ],
      ErrorList,
    });
    const { QueryResult } = await send(online, { ...asked, IsNeedDetail: 1 });
    expect(QueryResult[0].Detail).toEqual(
      ['iPhone', 'Web', 'PC', 'Mac'].map((Platform) => ({ Platform, Status: 'Online' })),
    );
    expect(QueryResult[1].Detail).toEqual([]);
  });

  it('takes 500 accounts, one alone as text, and no more', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `u${i}`);
    expect((await send(online, { To_Account: names(500) })).ErrorList).toHaveLength(500);
    expect((await send(online, { To_Account: 'bob' })).QueryResult).toHaveLength(1);
    for (const To_Account of [names(501), []]) {
      expect(await send(online, { To_Account })).toMatchObject({ ErrorCode: 70402 });
    }
    expect(await send(online, { To_Account: ['bob'], IsNeedDetail: 2 })).toMatchObject({ ErrorCode: 70402 });
  });
});
