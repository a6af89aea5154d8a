import { bounds, isUserId, Refusal, userId } from 'ringback-protocol';
import Type from 'typebox';
import type { AccountChange } from '../../ports/accounts.ts';
import { checkCount, profileFields, readProfile } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

interface Wanted {
  readonly UserID: string;
  readonly Nick?: string;
  readonly FaceUrl?: string;
}

/** Makes many accounts. */
export const multiaccountImport = defineCommand({
  service: 'im_open_login_svc',
  command: 'multiaccount_import',
  summary: 'Makes many accounts.',
  description:
    'As `account_import` for up to 100 accounts, named by `AccountList` or, as older clients do, by `Accounts`. Accounts whose id, name or picture is not valid are listed in `FailAccounts`; the others are made. Where the application has no room for all that are new, the request is refused (70398), and some of them may have been made.',
  bodyBytes: 1_048_576,
  request: Type.Object({
    AccountList: Type.Optional(
      Type.Array(Type.Object({ UserID: Type.String({ description: 'An account.' }), ...profileFields }), {
        description: `1 to ${bounds.accountsPerRequest} accounts.`,
      }),
    ),
    Accounts: Type.Optional(
      Type.Array(Type.String(), { description: 'The same as ids alone; used when there is no `AccountList`.' }),
    ),
  }),
  response: Type.Object({ FailAccounts: Type.Array(Type.String(), { description: 'Those that were not made.' }) }),
  errors: ['account_bad_params', 'accounts_too_many'],
  examples: [
    {
      title: 'Two accounts',
      scene: 'idle',
      request: { AccountList: [{ UserID: 'dave', Nick: 'Dave' }, { UserID: 'erin' }] },
      response: { FailAccounts: [] },
    },
    {
      title: 'The older form; one id is longer than 32 bytes',
      scene: 'idle',
      request: { Accounts: ['dave', 'e'.repeat(33)] },
      response: { FailAccounts: ['e'.repeat(33)] },
    },
  ],
  async handle({ app, accounts }, { AccountList, Accounts }) {
    const list: readonly Wanted[] | undefined = AccountList ?? Accounts?.map((UserID) => ({ UserID }));
    if (list === undefined) throw new Refusal('bad_params', 'AccountList is required', 'AccountList');
    checkCount(list, bounds.accountsPerRequest, AccountList === undefined ? 'Accounts' : 'AccountList');
    const failed: string[] = [];
    const saved = [];
    for (const one of list) {
      const change = profileOf(one);
      if (change === undefined || !isUserId(one.UserID)) failed.push(one.UserID);
      else saved.push(accounts.save(app.sdkAppId, userId(one.UserID), change));
    }
    await Promise.all(saved);
    return { FailAccounts: failed };
  },
});

/** Undefined when it is not valid. */
function profileOf(one: Wanted): AccountChange | undefined {
  try {
    return readProfile(one);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
