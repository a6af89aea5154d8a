import { bounds, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { checkKeys, groupFields, mostMembers, readGroupId, settingFields } from './group-fields.ts';
import { readSettings } from './group-settings.ts';

const onOff = () => Type.Enum(['On', 'Off']);

/** Changes a group. */
export const modifyGroupBaseInfo = defineCommand({
  service: 'group_open_http_svc',
  command: 'modify_group_base_info',
  summary: 'Changes a group.',
  description:
    'Only what the request names is changed; of `AppDefinedData`, only the keys that it names. `MaxMemberNum` cannot be lower than the number of members.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    Name: Type.Optional(Type.String({ description: `Its name, 1 to ${bounds.groupNameBytes} bytes.` })),
    ...settingFields,
    MuteAllMember: Type.Optional(onOff()),
    ShutUpAllMember: Type.Optional(
      Type.Enum(['On', 'Off'], { description: 'The older name of `MuteAllMember`. Both are kept and shown only.' }),
    ),
  }),
  response: null,
  errors: ['group_bad_params', 'group_unknown', 'group_id_illegal', 'group_too_many_members'],
  examples: [
    {
      title: 'A new name',
      scene: 'group',
      request: { GroupId: 'team', Name: 'The team', Notification: 'We meet at ten.' },
      response: null,
    },
  ],
  async handle({ app, groups }, body) {
    const id = readGroupId(body.GroupId);
    // A request that names nothing changes nothing, not even the time of the last change.
    if (Object.keys(body).length === 1) {
      if ((await groups.get(app.sdkAppId, id)) === undefined) throw new Refusal('group_unknown');
      return null;
    }
    const muted = body.MuteAllMember ?? body.ShutUpAllMember;
    await groups.change(app.sdkAppId, id, (group) => {
      const settings = readSettings(body, mostMembers(group.type, app.settings));
      if (settings.maxMembers !== undefined && settings.maxMembers < group.memberCount) {
        const field = body.MaxMemberNum === undefined ? 'MaxMemberCount' : 'MaxMemberNum';
        const rule = `${field} must be at least ${group.memberCount}, the number of members`;
        throw new Refusal('bad_params', rule, field);
      }
      const data = { ...group.data, ...settings.data };
      checkKeys(Object.keys(data).length, 'AppDefinedData');
      return { ...settings, data, ...(muted !== undefined && { muteAll: muted === 'On' }) };
    });
    return null;
  },
});
