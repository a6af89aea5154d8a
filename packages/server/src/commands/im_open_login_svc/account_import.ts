import Type from 'typebox';
import { oneAccountFields, profileFields, readOneAccount, readProfile } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

/** Makes an account ahead of its first sign-in. */
export const accountImport = defineCommand({
  service: 'im_open_login_svc',
  command: 'account_import',
  summary: 'Makes an account.',
  description:
    'A user can be called from then on. An account that exists already gets the name and picture that are given and is otherwise left as it is, so the request can be sent twice.',
  request: Type.Object({ ...oneAccountFields, ...profileFields }),
  response: null,
  errors: ['account_bad_params', 'accounts_too_many', 'value_too_long'],
  examples: [
    {
      title: 'With a name and a picture',
      scene: 'idle',
      request: { UserID: 'dave', Nick: 'Dave', FaceUrl: 'https://example.com/dave.png' },
      response: null,
    },
  ],
  async handle({ app, accounts }, body) {
    await accounts.save(app.sdkAppId, readOneAccount(body), readProfile(body));
    return null;
  },
});
