import { bounds, type ErrorName, errorRow, groupId, isGroupId, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import type { Group } from '../../ports/groups.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { exampleStart } from '../examples.ts';
import { filterField, groupAnswers } from './group-fields.ts';
import {
  baseInfoSchema,
  baseInfoView,
  baseInfoWords,
  dataView,
  filterOf,
  type MemberFilter,
  memberInfoWords,
  memberSchema,
  memberView,
} from './group-view.ts';
import { memberFilter, memberLook } from './member-look.ts';

/** The least that a member takes in an answer: `{"Member_Account":"x"},`. */
const memberBytes = 23;

/** What is known of groups. */
export const getGroupInfo = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_group_info',
  summary: 'What is known of groups, and their members.',
  description:
    'Each group has an `ErrorCode` of its own. A filter that names words restricts its part of the answer to them; without it the part is whole. Words that are not known are left aside.',
  request: Type.Object({
    GroupIdList: Type.Array(Type.String(), { description: `1 to ${bounds.groupsPerRequest} groups.` }),
    ResponseFilter: Type.Optional(
      Type.Object({
        GroupBaseInfoFilter: filterField(`Words out of ${baseInfoWords.map((word) => `\`${word}\``).join(', ')}.`),
        MemberInfoFilter: filterField(`Words out of ${memberInfoWords.map((word) => `\`${word}\``).join(', ')}.`),
        AppDefinedDataFilter_Group: filterField('Keys of the groups’ `AppDefinedData`.'),
        AppDefinedDataFilter_GroupMember: filterField('Keys of the members’ `AppMemberDefinedData`.'),
      }),
    ),
  }),
  response: Type.Object({
    GroupInfo: Type.Array(
      Type.Object({
        GroupId: Type.String(),
        ErrorCode: Type.Integer({ description: '0, 10010 for a group that does not exist, 10015.' }),
        ErrorInfo: Type.String(),
        ...baseInfoSchema(),
        MemberList: Type.Optional(Type.Array(memberSchema())),
      }),
      { description: 'One entry for each group, in the order of the request.' },
    ),
  }),
  errors: ['group_bad_params', 'group_answer_too_large'],
  largest: groupAnswers,
  examples: [
    {
      title: 'Some words of one that exists, and one that does not',
      scene: 'group',
      request: {
        GroupIdList: ['team', 'nobody'],
        ResponseFilter: { GroupBaseInfoFilter: ['Type', 'Name', 'MemberNum'], MemberInfoFilter: ['Role', 'JoinTime'] },
      },
      response: {
        GroupInfo: [
          {
            GroupId: 'team',
            ErrorCode: 0,
            ErrorInfo: '',
            Type: 'Public',
            Name: 'Team',
            MemberNum: 2,
            AppDefinedData: [],
            MemberList: [
              { Member_Account: 'alice', Role: 'Owner', JoinTime: exampleStart },
              { Member_Account: 'bob', Role: 'Member', JoinTime: exampleStart },
            ],
          },
          { GroupId: 'nobody', ErrorCode: 10010, ErrorInfo: 'The group does not exist.' },
        ],
      },
    },
  ],
  async handle(context, { GroupIdList, ResponseFilter = {} }) {
    if (GroupIdList.length < 1 || GroupIdList.length > bounds.groupsPerRequest) {
      const rule = `GroupIdList must have 1 to ${bounds.groupsPerRequest} entries`;
      throw new Refusal('bad_params', rule, 'GroupIdList');
    }
    const { app, groups } = context;
    const words = filterOf(ResponseFilter.GroupBaseInfoFilter);
    const dataKeys = filterOf(ResponseFilter.AppDefinedDataFilter_Group);
    const filter = memberFilter(ResponseFilter);
    const found = [];
    for (const name of GroupIdList) {
      found.push({ name, group: isGroupId(name) ? await groups.get(app.sdkAppId, groupId(name)) : undefined });
    }
    const members = found.reduce((sum, { group }) => sum + (group?.memberCount ?? 0), 0);
    if (members * memberBytes > bounds.groupAnswerBytes) throw new Refusal('group_answer_too_large');
    const info = [];
    for (const { name, group } of found) {
      if (group === undefined) info.push(failed(name, isGroupId(name) ? 'group_unknown' : 'group_id_illegal'));
      else {
        info.push({
          GroupId: name,
          ErrorCode: 0,
          ErrorInfo: '',
          ...baseInfoView(app, group, words),
          AppDefinedData: dataView(group.data, dataKeys),
          MemberList: await membersOf(context, group, filter),
        });
      }
    }
    return { GroupInfo: info };
  },
});

const failed = (name: string, error: ErrorName) => ({
  GroupId: name,
  ErrorCode: errorRow(error).code,
  ErrorInfo: errorRow(error).text,
});

async function membersOf(
  { app, groups, presence }: CommandContext,
  { groupId, memberCount }: Group,
  filter: MemberFilter,
) {
  const members = await groups.members(app.sdkAppId, groupId, { offset: 0, limit: memberCount });
  const look = await memberLook(presence, app, members, filter);
  return members.map((member) => memberView(member, look));
}
