import { bounds, isUserId, Refusal, type UserId, userId } from 'ringback-protocol';
import Type from 'typebox';
import type { AddOutcome } from '../../ports/groups.ts';
import { defineCommand } from '../command.ts';
import { checkAccounts, groupFields, readGroupId } from './group-fields.ts';

const results: Readonly<Record<AddOutcome, number>> = { tooMany: 0, gone: 0, added: 1, member: 2 };

/** Puts users into a group. */
export const addGroupMember = defineCommand({
  service: 'group_open_http_svc',
  command: 'add_group_member',
  summary: 'Puts users into a group.',
  description:
    'Users who are members already are no error, so the request can be sent twice. Of the new ones all are added for whom nothing stands in the way; when they do not fit into the group, none is. The administrator who asks has the rights of the owner, so nobody’s consent is waited for.',
  request: Type.Object({
    GroupId: groupFields.groupId(),
    MemberList: Type.Array(Type.Object({ Member_Account: Type.String() }), {
      description: `1 to ${bounds.groupAddedMembers} accounts.`,
    }),
    Silence: groupFields.silence(),
  }),
  response: Type.Object({
    MemberList: Type.Array(
      Type.Object({
        Member_Account: Type.String(),
        Result: Type.Integer({
          description:
            '0: failed, because there is no such account or it is in too many groups. 1: added. 2: a member already.',
        }),
      }),
      { description: 'One entry for each account, in the order of the request.' },
    ),
  }),
  errors: [
    'group_bad_params',
    'group_too_many_accounts',
    'group_not_permitted',
    'group_unknown',
    'group_full',
    'group_id_illegal',
    'group_account_unknown',
    'group_joined_too_many',
  ],
  rate: 200,
  examples: [
    {
      title: 'A new one, a member, and one without an account',
      scene: 'group',
      request: {
        GroupId: 'team',
        MemberList: [{ Member_Account: 'carol' }, { Member_Account: 'bob' }, { Member_Account: 'zoe' }],
        Silence: 1,
      },
      response: {
        MemberList: [
          { Member_Account: 'carol', Result: 1 },
          { Member_Account: 'bob', Result: 2 },
          { Member_Account: 'zoe', Result: 0 },
        ],
      },
    },
  ],
  async handle({ app, accounts, groups }, { GroupId, MemberList }) {
    const id = readGroupId(GroupId);
    checkAccounts(MemberList, bounds.groupAddedMembers, 'MemberList');
    const names = MemberList.map(({ Member_Account }) => Member_Account);
    const group = await groups.get(app.sdkAppId, id);
    if (group === undefined) throw new Refusal('group_unknown');
    if (group.type === 'AVChatRoom') throw new Refusal('group_not_permitted');
    const found = await accounts.find(app.sdkAppId, names.filter(isUserId).map(userId));
    if (found.size === 0) throw new Refusal('group_account_unknown', 'None of these accounts exists');
    const members = [...found.keys()].map((user: UserId) => ({
      userId: user,
      role: 'Member' as const,
      nameCard: '',
      data: {},
    }));
    const outcomes = await groups.add(app.sdkAppId, id, members, app.settings.groupsJoined);
    const kinds = new Set(outcomes.values());
    if (kinds.size === 1 && kinds.has('gone')) throw new Refusal('group_account_unknown');
    if (!kinds.has('added') && !kinds.has('member')) throw new Refusal('group_joined_too_many');
    return {
      MemberList: names.map((name) => ({
        Member_Account: name,
        Result: results[outcomes.get(userId(name)) ?? 'tooMany'],
      })),
    };
  },
});
