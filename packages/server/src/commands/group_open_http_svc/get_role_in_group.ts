import { bounds, groupRoles, Refusal, userId } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { checkAccounts, groupFields, readGroupId } from './group-fields.ts';

/** Where users stand in a group. */
export const getRoleInGroup = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_role_in_group',
  summary: 'Where users stand in a group.',
  description: 'An account that does not exist is no member.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    User_Account: Type.Array(Type.String(), { description: `1 to ${bounds.groupRolesAsked} accounts.` }),
  }),
  response: Type.Object({
    UserIdList: Type.Array(
      Type.Object({ Member_Account: Type.String(), Role: Type.Enum([...groupRoles, 'NotMember']) }),
      { description: 'One entry for each account, in the order of the request.' },
    ),
  }),
  errors: ['group_bad_params', 'group_too_many_accounts', 'group_unknown', 'group_id_illegal'],
  examples: [
    {
      title: 'The owner, a member, and somebody else',
      scene: 'group',
      request: { GroupId: 'team', User_Account: ['alice', 'bob', 'carol'] },
      response: {
        UserIdList: [
          { Member_Account: 'alice', Role: 'Owner' },
          { Member_Account: 'bob', Role: 'Member' },
          { Member_Account: 'carol', Role: 'NotMember' },
        ],
      },
    },
  ],
  async handle({ app, groups }, { GroupId, User_Account }) {
    const id = readGroupId(GroupId);
    checkAccounts(User_Account, bounds.groupRolesAsked, 'User_Account');
    const users = User_Account.map((text) => readAccount(text, 'User_Account'));
    if ((await groups.get(app.sdkAppId, id)) === undefined) throw new Refusal('group_unknown');
    const members = await groups.membersAmong(app.sdkAppId, id, users);
    return {
      UserIdList: User_Account.map((name) => ({
        Member_Account: name,
        Role: members.get(userId(name))?.role ?? ('NotMember' as const),
      })),
    };
  },
});
