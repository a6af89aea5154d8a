import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { groupFields, readGroupId } from './group-fields.ts';

/** Ends a group. */
export const destroyGroup = defineCommand({
  service: 'group_open_http_svc',
  command: 'destroy_group',
  summary: 'Ends a group.',
  description: 'Its id is free again. A call of the group goes on; only who was invited can join it from now on.',
  request: Type.Object({ GroupId: groupFields.groupId() }),
  response: null,
  errors: ['group_bad_params', 'group_unknown', 'group_id_illegal'],
  examples: [{ title: 'End a group', scene: 'group', request: { GroupId: 'team' }, response: null }],
  async handle({ app, groups }, { GroupId }) {
    await groups.destroy(app.sdkAppId, readGroupId(GroupId));
    return null;
  },
});
