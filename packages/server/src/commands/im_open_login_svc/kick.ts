import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { oneAccountFields, readOneAccount } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

/** Signs a user out everywhere. */
export const kick = defineCommand({
  service: 'im_open_login_svc',
  command: 'kick',
  summary: 'Signs a user out everywhere.',
  description:
    'All UserSigs of the account that were made up to this second are void (70052); newer ones are good. Its devices are signed out (`kickedOut`, close code 4005), and it leaves its call at once (`Offline`). A call that it began as a robot goes on, as a robot has no device in it: `end_call` ends that. Who has no account yet, having neither signed in nor been imported, is answered 70107, and nothing is void: import the account, then kick it.',
  request: Type.Object(oneAccountFields),
  response: null,
  errors: ['account_bad_params', 'account_unknown'],
  examples: [{ title: 'Sign alice out', scene: 'idle', request: { UserID: 'alice' }, response: null }],
  async handle({ app, accounts, removal, cause }, body) {
    const user = readOneAccount(body);
    if (!(await accounts.find(app.sdkAppId, [user])).has(user)) throw new Refusal('account_unknown');
    await removal.kick(app, user, cause);
    return null;
  },
});
