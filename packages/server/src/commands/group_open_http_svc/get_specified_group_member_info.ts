import { bounds, groupRoles, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleStart } from '../examples.ts';
import { readAccount } from '../fields.ts';
import { checkAccounts, filterField, groupAnswers, groupFields, readGroupId } from './group-fields.ts';
import { memberSchema, memberView } from './group-view.ts';
import { memberFilter, memberLook } from './member-look.ts';

/** Certain members of a group. */
export const getSpecifiedGroupMemberInfo = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_specified_group_member_info',
  summary: 'Certain members of a group.',
  description: 'Those who are not members are left out.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    Member_List_Account: Type.Array(Type.String(), { description: `1 to ${bounds.groupRolesAsked} accounts.` }),
    MemberInfoFilter: filterField('As in `get_group_member_info`.'),
    MemberRoleFilter: Type.Optional(
      Type.Array(Type.Enum([...groupRoles]), { description: 'Members with these roles only.' }),
    ),
    AppDefinedDataFilter_GroupMember: filterField('Keys of the members’ `AppMemberDefinedData`.'),
  }),
  response: Type.Object({ MemberList: Type.Array(memberSchema()) }),
  errors: [
    'group_bad_params',
    'group_too_many_accounts',
    'group_unknown',
    'group_id_illegal',
    'group_answer_too_large',
  ],
  largest: groupAnswers,
  examples: [
    {
      title: 'One who is a member, and one who is not',
      scene: 'group',
      request: { GroupId: 'team', Member_List_Account: ['bob', 'carol'], MemberInfoFilter: ['Role', 'JoinTime'] },
      response: { MemberList: [{ Member_Account: 'bob', Role: 'Member', JoinTime: exampleStart }] },
    },
  ],
  async handle({ app, groups, presence }, body) {
    const id = readGroupId(body.GroupId);
    checkAccounts(body.Member_List_Account, bounds.groupRolesAsked, 'Member_List_Account');
    const users = body.Member_List_Account.map((text) => readAccount(text, 'Member_List_Account'));
    if ((await groups.get(app.sdkAppId, id)) === undefined) throw new Refusal('group_unknown');
    const roles = body.MemberRoleFilter ?? [];
    const members = [...(await groups.membersAmong(app.sdkAppId, id, users)).values()].filter(
      ({ role }) => roles.length === 0 || roles.includes(role),
    );
    const look = await memberLook(presence, app, members, memberFilter(body));
    return { MemberList: members.map((member) => memberView(member, look)) };
  },
});
