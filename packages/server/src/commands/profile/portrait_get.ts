import { bounds, errorRow, isUserId, Refusal, userId } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { checkTag, itemsOf } from './tags.ts';

const unknown = {
  ResultCode: errorRow('profile_account_unknown').code,
  ResultInfo: errorRow('profile_account_unknown').text,
};

/** Values of profiles. */
export const portraitGet = defineCommand({
  service: 'profile',
  command: 'portrait_get',
  summary: 'The names, pictures and other values of accounts.',
  description:
    'Answers the tags of `TagList`, or all there are when it names none. Values that were never set are left out. Accounts that do not exist have a `ResultCode` of their own, and are listed in `Fail_Account` too.',
  request: Type.Object({
    To_Account: Type.Optional(
      Type.Array(Type.String(), { description: `1 to ${bounds.profilesPerRequest} accounts; required.` }),
    ),
    TagList: Type.Optional(Type.Array(Type.String(), { description: 'What is asked for.' })),
  }),
  response: Type.Object({
    UserProfileItem: Type.Array(
      Type.Object({
        To_Account: Type.String(),
        ProfileItem: Type.Array(Type.Object({ Tag: Type.String(), Value: Type.Union([Type.String(), Type.Number()]) })),
        ResultCode: Type.Integer({ description: '0, or 40003 for an account that does not exist.' }),
        ResultInfo: Type.String(),
      }),
      { description: 'One entry for each account, in the order of the request.' },
    ),
    Fail_Account: Type.Optional(
      Type.Array(Type.String(), { description: 'Those that do not exist; absent when all do.' }),
    ),
  }),
  errors: ['profile_bad_params', 'profile_no_account', 'profile_tag_unknown'],
  examples: [
    {
      title: 'The name of one that exists and one that does not',
      scene: 'group',
      request: { To_Account: ['alice', 'zoe'], TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_IM_Image'] },
      response: {
        UserProfileItem: [
          {
            To_Account: 'alice',
            ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'Alice' }],
            ResultCode: 0,
            ResultInfo: '',
          },
          { To_Account: 'zoe', ProfileItem: [], ...unknown },
        ],
        Fail_Account: ['zoe'],
      },
    },
  ],
  async handle({ app, accounts }, { To_Account = [], TagList = [] }) {
    if (To_Account.length === 0) throw new Refusal('profile_no_account', 'To_Account is required', 'To_Account');
    if (To_Account.length > bounds.profilesPerRequest) {
      throw new Refusal('bad_params', `To_Account must have 1 to ${bounds.profilesPerRequest} entries`, 'To_Account');
    }
    for (const tag of TagList) checkTag(tag);
    const found = await accounts.find(app.sdkAppId, To_Account.filter(isUserId).map(userId));
    const kept = await accounts.itemsOf(app.sdkAppId, [...found.keys()]);
    const profiles = [];
    for (const name of To_Account) {
      const account = found.get(userId(name));
      if (account === undefined) profiles.push({ To_Account: name, ProfileItem: [], ...unknown });
      else {
        const items = itemsOf(account, kept.get(account.userId) ?? {}, TagList);
        profiles.push({ To_Account: name, ProfileItem: items, ResultCode: 0, ResultInfo: '' });
      }
    }
    const failed = To_Account.filter((name) => !found.has(userId(name)));
    return { UserProfileItem: profiles, ...(failed.length > 0 && { Fail_Account: failed }) };
  },
});
