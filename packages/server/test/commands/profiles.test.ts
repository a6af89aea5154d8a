import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient, Scene } from '../gateway/support.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('alice', 'bob', 'carol');
});
afterAll(() => scene.close());

const tag = (name: string) => `Tag_Profile_IM_${name}`;
const set = (items: readonly (readonly [string, unknown])[], account: unknown = 'alice') =>
  scene.send('profile/portrait_set', {
    From_Account: account,
    ProfileItem: items.map(([Tag, Value]) => ({ Tag, Value })),
  });
const get = (To_Account: unknown, TagList?: readonly string[]) =>
  scene.send('profile/portrait_get', { To_Account, TagList, From_Account: 'alice', LastStandardSequence: 0 });

describe('portrait_set', () => {
  it('sets what portrait_get then answers, in the order asked for', async () => {
    expect(
      await set([
        [tag('Nick'), 'Alice 🙂'],
        [tag('Image'), 'https://e.com/a.png'],
        [tag('Gender'), 'Gender_Type_Female'],
        [tag('BirthDay'), 19_900_101],
        ['Tag_Profile_Custom_Team', 'blue'],
        ['Tag_Profile_Custom_Rank', 7],
      ]),
    ).toMatchObject({ ActionStatus: 'OK', ErrorCode: 0, ErrorDisplay: '' });
    const asked = ['Tag_Profile_Custom_Rank', tag('Gender'), tag('Location'), tag('Nick'), tag('Nick')];
    expect(await get(['alice'], asked)).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      ErrorDisplay: '',
      RequestId: expect.any(String),
      UserProfileItem: [
        {
          To_Account: 'alice',
          ProfileItem: [
            { Tag: 'Tag_Profile_Custom_Rank', Value: 7 },
            { Tag: tag('Gender'), Value: 'Gender_Type_Female' },
            { Tag: tag('Nick'), Value: 'Alice 🙂' },
          ],
          ResultCode: 0,
          ResultInfo: '',
        },
      ],
    });
    const all = (await get('alice')).UserProfileItem[0].ProfileItem;
    expect(all.map(({ Tag }: { Tag: string }) => Tag).sort()).toEqual(
      [
        tag('Nick'),
        tag('Image'),
        tag('Gender'),
        tag('BirthDay'),
        'Tag_Profile_Custom_Team',
        'Tag_Profile_Custom_Rank',
      ].sort(),
    );
  });

  it.each(['Tag_Profile_CustomTest', `Tag_Profile_Custom_${'x'.repeat(64)}`])(
    'takes the custom tag %s',
    async (own) => {
      expect((await set([[own, 'mine']], 'carol')).ErrorCode).toBe(0);
      expect((await get(['carol'], [own])).UserProfileItem[0].ProfileItem).toEqual([{ Tag: own, Value: 'mine' }]);
    },
  );

  it('makes room for another custom tag where one is set to nothing', async () => {
    await scene.accounts('dora');
    const own = Array.from({ length: 20 }, (_, n) => `Tag_Profile_Custom_${n}`);
    expect(
      (
        await set(
          own.map((one) => [one, 'mine']),
          'dora',
        )
      ).ErrorCode,
    ).toBe(0);
    const another = 'Tag_Profile_Custom_another';
    expect((await set([[another, 'mine']], 'dora')).ErrorCode).toBe(40001);
    expect(
      (
        await set(
          [
            [own[0] as string, ''],
            [another, 'mine'],
          ],
          'dora',
        )
      ).ErrorCode,
    ).toBe(0);
    expect((await get(['dora'], [own[0] as string, another])).UserProfileItem[0].ProfileItem).toEqual([
      { Tag: another, Value: 'mine' },
    ]);
    expect((await set([[own[0] as string, 'again']], 'dora')).ErrorCode).toBe(40001);
  });

  it('sets all of a request or nothing', async () => {
    await set([[tag('Location'), 'before']], 'bob');
    const failed = await set(
      [
        [tag('Location'), 'after'],
        [tag('Gender'), 'neither'],
      ],
      'bob',
    );
    expect(failed.ErrorCode).toBe(40605);
    expect((await get(['bob'], [tag('Location')])).UserProfileItem[0].ProfileItem[0].Value).toBe('before');
  });

  it.each([
    ['an unknown tag', [['Tag_Profile_IM_Shoe', 'x']], 40009, 'Tag_Profile_IM_Shoe'],
    ['a tag of every object', [['constructor', 'x']], 40009, 'constructor'],
    ['a custom tag without a name', [['Tag_Profile_Custom', 'x']], 40009, 'Tag_Profile_Custom'],
    ['a custom tag of an underscore', [['Tag_Profile_Custom_', 'x']], 40009, 'Tag_Profile_Custom_'],
    ['a custom name of 65 characters', [[`Tag_Profile_Custom_${'x'.repeat(65)}`, 1]], 40009, 'Tag_Profile_Custom_'],
    ['a value of 501 bytes', [[tag('Location'), 'x'.repeat(501)]], 40601, 'Location'],
    ['a number where text belongs', [[tag('Nick'), 7]], 40610, 'must be a string'],
    ['text where a number belongs', [[tag('BirthDay'), 'x']], 40610, 'must be a number'],
    ['a list', [[tag('Nick'), ['x']]], 40610, 'must be a string or a number'],
    ['a word that is none', [[tag('AllowType'), 'Maybe']], 40605, 'AllowType_Type_NeedConfirm'],
    ['a number below 0', [[tag('Level'), -1]], 40605, 'whole number'],
    ['a fraction', [[tag('Language'), 1.5]], 40605, 'whole number'],
    ['nothing', [], 40001, 'ProfileItem must not be empty'],
    ['21 tags of one’s own', Array.from({ length: 21 }, (_, i) => [`Tag_Profile_Custom_${i}`, i]), 40001, '20'],
  ] as const)('refuses %s', async (_, items, code, text) => {
    const answer = await set(items as [string, unknown][], 'bob');
    expect(answer).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: code, ErrorDisplay: '' });
    expect(answer.ErrorInfo).toContain(text);
  });

  it('refuses a number beyond what JSON can say again, so that the profile stays readable', async () => {
    await scene.accounts('nina');
    const client = await RawClient.open(scene.port);
    const huge = '{"From_Account":"nina","ProfileItem":[{"Tag":"Tag_Profile_Custom_a","Value":1e999}]}';
    client.post(scene.target('profile/portrait_set'), huge);
    expect((await client.answer()).json()).toMatchObject({ ErrorCode: 40605 });
    client.close();
    expect(await get('nina')).toMatchObject({ ErrorCode: 0, UserProfileItem: [{ ProfileItem: [] }] });
  });

  it('never keeps more tags of one’s own than it may, however many requests come at once', async () => {
    await scene.accounts('tina');
    const requests = Array.from({ length: 4 }, (_, i) =>
      set(
        Array.from({ length: 10 }, (_, k) => [`Tag_Profile_Custom_${i}_${k}`, 'x'] as const),
        'tina',
      ),
    );
    expect((await Promise.all(requests)).map(({ ErrorCode }) => ErrorCode).sort()).toEqual([0, 0, 40001, 40001]);
    expect((await get('tina')).UserProfileItem[0].ProfileItem).toHaveLength(20);
  });

  it.each([
    ['no account', undefined, 40002],
    ['an account that does not exist', 'nobody', 40003],
    ['a number as account', 7, 60015],
    ['an account that cannot be one', 'x'.repeat(33), 40001],
  ])('refuses %s', async (_, account, code) => {
    const answer = await scene.send('profile/portrait_set', {
      From_Account: account,
      ProfileItem: [{ Tag: tag('Nick'), Value: 'x' }],
    });
    expect(answer.ErrorCode).toBe(code);
  });

  it('a value of 500 bytes fits', async () => {
    expect((await set([[tag('SelfSignature'), 'é'.repeat(250)]])).ErrorCode).toBe(0);
  });
});

describe('portrait_get', () => {
  it('has a result of its own for each account, and names those that do not exist', async () => {
    const { UserProfileItem, Fail_Account, ErrorCode } = await get(['bob', 'nobody'], [tag('Nick')]);
    expect(ErrorCode).toBe(0);
    expect(UserProfileItem).toMatchObject([
      { To_Account: 'bob', ResultCode: 0 },
      { To_Account: 'nobody', ResultCode: 40003, ProfileItem: [] },
    ]);
    expect(Fail_Account).toEqual(['nobody']);
    expect(await get(['bob'], [tag('Nick')])).not.toHaveProperty('Fail_Account');
  });

  it.each([
    ['no accounts', [], undefined, 40002],
    ['101 accounts', Array.from({ length: 101 }, () => 'bob'), undefined, 40001],
    ['an unknown tag', ['bob'], ['Tag_X'], 40009],
  ])('refuses %s', async (_, accounts, tags, code) => {
    expect((await get(accounts, tags)).ErrorCode).toBe(code);
  });

  it('takes 100 accounts', async () => {
    const answer = await get(Array.from({ length: 100 }, () => 'bob'));
    expect(answer.UserProfileItem).toHaveLength(100);
  });
});

it('portrait_get asks the store once for what all the accounts have set', async () => {
  const asked: string[] = [];
  const counting = await Scene.open({
    accounts: (accounts) =>
      new Proxy(accounts, {
        get: (target, name) => {
          if (name === 'items' || name === 'itemsOf') asked.push(name);
          return Reflect.get(target, name).bind(target);
        },
      }),
  });
  try {
    const names = Array.from({ length: 100 }, (_, n) => `user${n}`);
    await counting.accounts(...names);
    const { UserProfileItem } = await counting.send('profile/portrait_get', { To_Account: names });
    expect([UserProfileItem.length, asked]).toEqual([100, ['itemsOf']]);
  } finally {
    await counting.close();
  }
});
