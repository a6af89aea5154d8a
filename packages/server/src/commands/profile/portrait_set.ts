import { bounds, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { readItems, standardTagNames } from './tags.ts';

/** Sets values of a profile. */
export const portraitSet = defineCommand({
  service: 'profile',
  command: 'portrait_set',
  summary: 'Sets the name, the picture and other values of an account.',
  description: `The standard tags are ${standardTagNames.map((tag) => `\`${tag}\``).join(', ')}; an application may add up to ${bounds.profileCustomTags} of its own that begin with \`Tag_Profile_Custom\`; one of those is taken away by the empty text. Name (\`Nick\`) and picture (\`Image\`) reach the devices of a call's members with the invitation. All values are set, or none.`,
  request: Type.Object({
    From_Account: Type.Optional(Type.String({ description: 'The account; required.' })),
    ProfileItem: Type.Array(
      Type.Object({
        Tag: Type.String({ description: 'What is set.' }),
        Value: Type.Unknown({
          description: `Text of at most ${bounds.profileValueBytes} bytes, or a number, as the tag demands.`,
        }),
      }),
      { description: 'What to set; at least one.' },
    ),
  }),
  response: null,
  errors: [
    'profile_bad_params',
    'profile_no_account',
    'profile_account_unknown',
    'profile_tag_unknown',
    'profile_value',
    'profile_type',
    'value_too_long',
  ],
  examples: [
    {
      title: 'A name and a picture',
      scene: 'idle',
      request: {
        From_Account: 'alice',
        ProfileItem: [
          { Tag: 'Tag_Profile_IM_Nick', Value: 'Alice' },
          { Tag: 'Tag_Profile_IM_Image', Value: 'https://example.com/alice.png' },
        ],
      },
      response: null,
    },
  ],
  async handle({ app, accounts }, { From_Account, ProfileItem }) {
    if (From_Account === undefined || From_Account === '') {
      throw new Refusal('profile_no_account', 'From_Account is required', 'From_Account');
    }
    const user = readAccount(From_Account, 'From_Account');
    if (ProfileItem.length === 0) throw new Refusal('bad_params', 'ProfileItem must not be empty', 'ProfileItem');
    const changed = await accounts.change(app.sdkAppId, user, (kept) => readItems(ProfileItem, kept));
    if (changed === undefined) throw new Refusal('profile_account_unknown');
    return null;
  },
});
