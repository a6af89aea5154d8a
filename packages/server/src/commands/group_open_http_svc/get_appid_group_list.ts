import { bounds } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { groupAnswers, groupFields, readType } from './group-fields.ts';

/** The groups of the application. */
export const getAppidGroupList = defineCommand({
  service: 'group_open_http_svc',
  command: 'get_appid_group_list',
  summary: 'The groups of the application.',
  description:
    'In pages, in the order of their making: the first page is asked for with `Next` 0 or none, each further one with the `Next` of the answer before, until that is 0. Groups that are made meanwhile come last.',
  request: Type.Object({
    Limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: bounds.groupsPerPage,
        description: `How many at most; ${bounds.groupsPerPage} when absent or 0. Groups that several nodes made at the same moment stay together, also where they are more.`,
      }),
    ),
    Next: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Where the page begins: an unsigned number of up to 64 bits.' }),
    ),
    GroupType: Type.Optional(groupFields.type('Groups of this kind only.')),
  }),
  response: Type.Object({
    TotalCount: Type.Integer({ description: 'All groups of the application, of `GroupType` if that was given.' }),
    GroupIdList: Type.Array(Type.Object({ GroupId: groupFields.groupId() })),
    Next: Type.Integer({ description: 'Where the next page begins; 0 when this was the last one.' }),
  }),
  errors: ['group_bad_params', 'group_answer_too_large'],
  largest: groupAnswers,
  examples: [
    {
      title: 'All groups',
      scene: 'group',
      request: {},
      response: { TotalCount: 1, GroupIdList: [{ GroupId: 'team' }], Next: 0 },
    },
    {
      title: 'Of a kind of which there are none',
      scene: 'group',
      request: { Limit: 100, Next: 0, GroupType: 'Meeting' },
      response: { TotalCount: 0, GroupIdList: [], Next: 0 },
    },
  ],
  async handle({ app, groups }, { Limit = 0, Next = 0, GroupType }) {
    const page = await groups.list(app.sdkAppId, {
      limit: Limit === 0 ? bounds.groupsPerPage : Limit,
      // Numbers that JavaScript cannot count to are behind everything.
      after: Math.min(Next, Number.MAX_SAFE_INTEGER),
      ...(GroupType !== undefined && { type: readType(GroupType) }),
    });
    return {
      TotalCount: page.total,
      GroupIdList: page.groupIds.map((GroupId) => ({ GroupId })),
      Next: page.next,
    };
  },
});
