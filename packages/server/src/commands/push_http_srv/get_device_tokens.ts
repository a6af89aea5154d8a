import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';

/** Lists the devices of a user that pushes can ring. */
export const getDeviceTokens = defineCommand({
  service: 'push_http_srv',
  command: 'get_device_tokens',
  summary: 'Lists the devices of a user that pushes can ring.',
  description: 'Of Ringback itself: the original has no such command. The newest first. Of a token its end is shown.',
  request: Type.Object({ User_Account: Type.String({ description: 'The user, an account of 1 to 32 bytes.' }) }),
  response: Type.Object({
    TokenList: Type.Array(
      Type.Object({
        DeviceId: Type.String(),
        Provider: Type.String(),
        Channel: Type.String({ description: '`alert` or `voip`' }),
        Platform: Type.String(),
        TokenEnd: Type.String({ description: 'The last 6 characters of the token.' }),
        UpdateTime: Type.Integer({ description: 'When it was registered, s.' }),
      }),
    ),
  }),
  errors: ['bad_params'],
  examples: [{ title: 'None', scene: 'idle', request: { User_Account: 'alice' }, response: { TokenList: [] } }],
  async handle({ app, push }, { User_Account }) {
    const tokens = await push.tokens(app.sdkAppId, readAccount(User_Account, 'User_Account'));
    return {
      TokenList: tokens.map(({ device, provider, channel, platform, token, updatedAt }) => ({
        DeviceId: device,
        Provider: provider,
        Channel: channel,
        Platform: platform,
        TokenEnd: token.slice(-6),
        UpdateTime: Math.floor(updatedAt / 1000),
      })),
    };
  },
});
