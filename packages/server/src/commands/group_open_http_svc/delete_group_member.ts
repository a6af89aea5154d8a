import { bounds } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { checkAccounts, groupFields, readGroupId } from './group-fields.ts';

/** Takes members out of a group. */
export const deleteGroupMember = defineCommand({
  service: 'group_open_http_svc',
  command: 'delete_group_member',
  summary: 'Takes members out of a group.',
  description:
    'Those who are no members are no error, so the request can be sent twice. The owner stays; give the group to somebody else first. Who is in a call of the group stays in the call.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    MemberToDel_Account: Type.Array(Type.String(), { description: `1 to ${bounds.groupRemovedMembers} accounts.` }),
    Silence: groupFields.silence(),
    Reason: Type.Optional(Type.String({ description: 'Changes nothing: no message is sent.' })),
  }),
  response: null,
  errors: ['group_bad_params', 'group_too_many_accounts', 'group_owner_stays', 'group_unknown', 'group_id_illegal'],
  examples: [
    {
      title: 'Take bob out',
      scene: 'group',
      request: { GroupId: 'team', MemberToDel_Account: ['bob'], Reason: 'moved' },
      response: null,
    },
  ],
  async handle({ app, groups }, { GroupId, MemberToDel_Account }) {
    const id = readGroupId(GroupId);
    checkAccounts(MemberToDel_Account, bounds.groupRemovedMembers, 'MemberToDel_Account');
    const users = MemberToDel_Account.map((text) => readAccount(text, 'MemberToDel_Account'));
    await groups.remove(app.sdkAppId, id, users);
    return null;
  },
});
