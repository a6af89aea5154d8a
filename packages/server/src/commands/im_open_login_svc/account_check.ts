import { bounds, isUserId, userId } from 'ringback-protocol';
import Type from 'typebox';
import { accountItems, checkCount } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

/** Whether accounts exist. */
export const accountCheck = defineCommand({
  service: 'im_open_login_svc',
  command: 'account_check',
  summary: 'Tells which accounts exist.',
  description: 'An account exists when it was imported, or when a user has signed in with it.',
  request: Type.Object({ CheckItem: accountItems(bounds.accountsPerRequest) }),
  response: Type.Object({
    ResultItem: Type.Array(
      Type.Object({
        UserID: Type.String(),
        ResultCode: Type.Integer({ description: '0' }),
        ResultInfo: Type.String(),
        AccountStatus: Type.Enum(['Imported', 'NotImported']),
      }),
      { description: 'One entry for each account, in the order of the request.' },
    ),
  }),
  errors: ['account_bad_params'],
  examples: [
    {
      title: 'One that exists and one that does not',
      scene: 'idle',
      request: { CheckItem: [{ UserID: 'alice' }, { UserID: 'zoe' }] },
      response: {
        ResultItem: [
          { UserID: 'alice', ResultCode: 0, ResultInfo: '', AccountStatus: 'Imported' },
          { UserID: 'zoe', ResultCode: 0, ResultInfo: '', AccountStatus: 'NotImported' },
        ],
      },
    },
  ],
  async handle({ app, accounts }, { CheckItem }) {
    checkCount(CheckItem, bounds.accountsPerRequest, 'CheckItem');
    const names = CheckItem.map(({ UserID }) => UserID);
    const found = await accounts.find(app.sdkAppId, names.filter(isUserId).map(userId));
    return {
      ResultItem: names.map((name) => ({
        UserID: name,
        ResultCode: 0,
        ResultInfo: '',
        AccountStatus: found.has(userId(name)) ? ('Imported' as const) : ('NotImported' as const),
      })),
    };
  },
});
