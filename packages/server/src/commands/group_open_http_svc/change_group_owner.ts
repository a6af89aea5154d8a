import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { checkExist, groupFields, readGroupId } from './group-fields.ts';

/** Gives a group to another member. */
export const changeGroupOwner = defineCommand({
  service: 'group_open_http_svc',
  command: 'change_group_owner',
  summary: 'Gives a group to another member.',
  description: 'The owner so far becomes an ordinary member.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    NewOwner_Account: Type.String({ description: 'A member of the group.' }),
  }),
  response: null,
  errors: ['group_bad_params', 'group_unknown', 'group_id_illegal', 'group_account_unknown'],
  examples: [
    {
      title: 'From alice to bob',
      scene: 'group',
      request: { GroupId: 'team', NewOwner_Account: 'bob' },
      response: null,
    },
  ],
  async handle({ app, accounts, groups }, { GroupId, NewOwner_Account }) {
    const id = readGroupId(GroupId);
    const owner = readAccount(NewOwner_Account, 'NewOwner_Account');
    await checkExist(accounts, app, [owner]);
    await groups.setOwner(app.sdkAppId, id, owner);
    return null;
  },
});
