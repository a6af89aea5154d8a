import { groupRoles } from 'ringback-protocol';
import Type from 'typebox';
import type { GroupMember } from '../../ports/groups.ts';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { checkExist, filterField, groupAnswers, groupFields, isHuge, readType } from './group-fields.ts';
import { baseInfoSchema, baseInfoView, baseInfoWords, filterOf } from './group-view.ts';

const selfInfoWords = ['Role', 'JoinTime', 'MsgSeq', 'MsgFlag'] as const;

const flag = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description }));

/** The groups that a user is in. */
export const getJoinedGroupList = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_joined_group_list',
  summary: 'The groups that a user is in.',
  description: 'In pages, in the order of the ids. What is shown beside the ids is named by `ResponseFilter`.',
  request: Type.Object({
    Member_Account: Type.String({ description: 'The user.' }),
    Limit: Type.Optional(Type.Integer({ minimum: 0, description: 'How many at most; all when absent or 0.' })),
    Offset: Type.Optional(Type.Integer({ minimum: 0, description: 'How many are left out at the beginning.' })),
    GroupType: Type.Optional(groupFields.type('Groups of this kind only.')),
    WithHugeGroups: flag('1: with AVChatRoom and BChatRoom.'),
    WithNoActiveGroups: flag('Changes nothing: groups are active from the beginning.'),
    ResponseFilter: Type.Optional(
      Type.Object({
        GroupBaseInfoFilter: filterField(`Words out of ${baseInfoWords.map((word) => `\`${word}\``).join(', ')}.`),
        SelfInfoFilter: filterField(`Words out of ${selfInfoWords.map((word) => `\`${word}\``).join(', ')}.`),
      }),
    ),
  }),
  response: Type.Object({
    TotalCount: Type.Integer({ description: 'All such groups, whatever the page.' }),
    GroupIdList: Type.Array(
      Type.Object({
        GroupId: groupFields.groupId(),
        ...baseInfoSchema(),
        SelfInfo: Type.Optional(
          Type.Object({
            Role: Type.Optional(Type.Enum([...groupRoles])),
            JoinTime: Type.Optional(Type.Integer()),
            MsgSeq: Type.Optional(Type.Integer()),
            MsgFlag: Type.Optional(Type.String()),
          }),
        ),
      }),
    ),
  }),
  errors: ['group_bad_params', 'group_account_unknown', 'group_answer_too_large'],
  largest: groupAnswers,
  examples: [
    {
      title: 'With names, and the own role',
      scene: 'group',
      request: {
        Member_Account: 'alice',
        ResponseFilter: { GroupBaseInfoFilter: ['Name', 'Type'], SelfInfoFilter: ['Role'] },
      },
      response: {
        TotalCount: 1,
        GroupIdList: [{ GroupId: 'team', Type: 'Public', Name: 'Team', SelfInfo: { Role: 'Owner' } }],
      },
    },
  ],
  async handle({ app, accounts, groups }, body) {
    const user = readAccount(body.Member_Account, 'Member_Account');
    await checkExist(accounts, app, [user]);
    const type = body.GroupType === undefined ? undefined : readType(body.GroupType);
    const all = (await groups.joined(app.sdkAppId, user)).filter(
      ({ group }) => (type === undefined || group.type === type) && (body.WithHugeGroups === 1 || !isHuge(group.type)),
    );
    const { Offset = 0, Limit = 0, ResponseFilter = {} } = body;
    const words = filterOf(ResponseFilter.GroupBaseInfoFilter) ?? new Set<string>();
    const self = filterOf(ResponseFilter.SelfInfoFilter);
    const page = all.slice(Offset, Limit === 0 ? undefined : Offset + Limit);
    return {
      TotalCount: all.length,
      GroupIdList: page.map(({ group, member }) => ({
        GroupId: group.groupId,
        ...baseInfoView(app, group, words),
        ...(self !== undefined && { SelfInfo: selfInfo(member, self) }),
      })),
    };
  },
});

const selfInfo = ({ role, joinedAt }: GroupMember, words: ReadonlySet<string>) => ({
  ...(words.has('Role') && { Role: role }),
  ...(words.has('JoinTime') && { JoinTime: Math.floor(joinedAt / 1000) }),
  ...(words.has('MsgSeq') && { MsgSeq: 0 }),
  ...(words.has('MsgFlag') && { MsgFlag: 'AcceptAndNotify' }),
});
