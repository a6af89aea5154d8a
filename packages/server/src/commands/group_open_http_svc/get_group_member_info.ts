import { bounds, groupRoles, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleStart } from '../examples.ts';
import { filterField, groupAnswers, groupFields, readGroupId } from './group-fields.ts';
import { memberInfoWords, memberSchema, memberView } from './group-view.ts';
import { memberFilter, memberLook } from './member-look.ts';

/** The members of a group. */
export const getGroupMemberInfo = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_group_member_info',
  summary: 'The members of a group.',
  description:
    'In pages, in the order of joining. `MemberNum` counts all members, whatever the page and the filters. In a Community pages are asked for by `Next`: empty first, then that of the answer before, until it is empty.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    Limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: bounds.groupMembersPerPage,
        description: `How many at most; all when absent or 0, in a Community ${bounds.groupMembersPerPage}.`,
      }),
    ),
    Offset: Type.Optional(Type.Integer({ minimum: 0, description: 'How many are left out at the beginning.' })),
    Next: Type.Optional(Type.String({ description: 'In a Community, where the page begins.' })),
    MemberInfoFilter: filterField(`Words out of ${memberInfoWords.map((word) => `\`${word}\``).join(', ')}.`),
    MemberRoleFilter: Type.Optional(
      Type.Array(Type.Enum([...groupRoles]), { description: 'Members with these roles only.' }),
    ),
    AppDefinedDataFilter_GroupMember: filterField('Keys of the members’ `AppMemberDefinedData`.'),
  }),
  response: Type.Object({
    MemberNum: Type.Integer({ description: 'All members of the group.' }),
    MemberList: Type.Array(memberSchema()),
    Next: Type.Optional(Type.String({ description: 'In a Community: where the next page begins; empty at the end.' })),
  }),
  errors: ['group_bad_params', 'group_unknown', 'group_id_illegal', 'group_answer_too_large'],
  largest: groupAnswers,
  examples: [
    {
      title: 'The owner of a group',
      scene: 'group',
      request: { GroupId: 'team', Limit: 100, Offset: 0, MemberRoleFilter: ['Owner'] },
      response: {
        MemberNum: 2,
        MemberList: [
          {
            Member_Account: 'alice',
            Role: 'Owner',
            JoinTime: exampleStart,
            MsgSeq: 0,
            MsgFlag: 'AcceptAndNotify',
            LastSendMsgTime: 0,
            MuteUntil: 0,
            NameCard: '',
          },
        ],
      },
    },
  ],
  async handle({ app, groups, presence }, body) {
    const id = readGroupId(body.GroupId);
    const group = await groups.get(app.sdkAppId, id);
    if (group === undefined) throw new Refusal('group_unknown');
    const byNext = group.type === 'Community';
    // 0 is what typed clients send who mean none.
    const limit = body.Limit || (byNext ? bounds.groupMembersPerPage : group.memberCount);
    const offset = byNext ? readNext(body.Next ?? '') : Math.min(body.Offset ?? 0, Number.MAX_SAFE_INTEGER);
    const roles = body.MemberRoleFilter ?? [];
    const members = await groups.members(app.sdkAppId, id, { offset, limit, ...(roles.length > 0 && { roles }) });
    const look = await memberLook(presence, app, members, memberFilter(body));
    return {
      MemberNum: group.memberCount,
      MemberList: members.map((member) => memberView(member, look)),
      ...(byNext && { Next: members.length < limit ? '' : String(offset + limit) }),
    };
  },
});

function readNext(text: string): number {
  if (text === '') return 0;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new Refusal('bad_params', 'Next must be empty or that of the answer before', 'Next');
}
