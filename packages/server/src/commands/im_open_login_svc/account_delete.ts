import { bounds, errorRow, isUserId, type UserId, userId } from 'ringback-protocol';
import Type from 'typebox';
import { accountItems, checkCount } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

/** What clients of the original service know an unknown account by. */
const unknown = {
  ResultCode: errorRow('account_unknown').code,
  ResultInfo: 'Err_TLS_PT_Open_Login_Account_Not_Exist',
};
const administrator = {
  ResultCode: errorRow('account_bad_params').code,
  ResultInfo: 'The account is an administrator of the application; take that right away first.',
};
const illegal = {
  ResultCode: errorRow('account_bad_params').code,
  ResultInfo: `UserID must be 1 to ${bounds.userIdBytes} printable ASCII characters.`,
};
const done = { ResultCode: 0, ResultInfo: '' };

/** Ends accounts for good. */
export const accountDelete = defineCommand({
  service: 'im_open_login_svc',
  command: 'account_delete',
  summary: 'Deletes accounts.',
  description:
    'Each account ends with its profile and its places in groups; a group that it owned has no owner then. It leaves its call at once (`Offline`), its devices are signed out, and its UserSigs are void, also if an account of the same name is made later. A call that it began as a robot goes on, as a robot has no device in it: `end_call` ends that. Records of calls stay.',
  rate: 100,
  request: Type.Object({ DeleteItem: accountItems(bounds.accountsPerRequest) }),
  response: Type.Object({
    ResultItem: Type.Array(
      Type.Object({
        ResultCode: Type.Integer({ description: '0, 70107 for an account that does not exist, 70402.' }),
        ResultInfo: Type.String({ description: 'Empty, or what went wrong.' }),
        UserID: Type.String(),
      }),
      { description: 'One entry for each account, in the order of the request.' },
    ),
  }),
  errors: ['account_bad_params'],
  examples: [
    {
      title: 'One that exists and one that does not',
      scene: 'idle',
      request: { DeleteItem: [{ UserID: 'carol' }, { UserID: 'zoe' }] },
      response: {
        ResultItem: [
          { ...done, UserID: 'carol' },
          { ...unknown, UserID: 'zoe' },
        ],
      },
    },
  ],
  async handle({ app, accounts, removal, cause }, { DeleteItem }) {
    checkCount(DeleteItem, bounds.accountsPerRequest, 'DeleteItem');
    const names = DeleteItem.map(({ UserID }) => UserID);
    const found = await accounts.find(app.sdkAppId, names.filter(isUserId).map(userId));
    const deleted = new Map<UserId, Promise<void>>();
    const results = names.map((name) => {
      if (!isUserId(name)) return { ...illegal, UserID: name };
      const id = userId(name);
      if (!found.has(id)) return { ...unknown, UserID: name };
      if (app.admins.includes(name)) return { ...administrator, UserID: name };
      if (!deleted.has(id)) deleted.set(id, removal.remove(app, id, cause));
      return { ...done, UserID: name };
    });
    await Promise.all(deleted.values());
    return { ResultItem: results };
  },
});
