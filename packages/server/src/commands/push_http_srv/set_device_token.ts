import { bounds, platforms, Refusal, utf8Length } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { readDevice, tokenFields } from './token-fields.ts';

const names: Readonly<Record<string, string>> = { provider: 'Provider', channel: 'Channel', token: 'Token' };

/** Sentences about a registration begin with the field as devices spell it. */
function inRestWords(error: unknown): never {
  const name = error instanceof Refusal && error.field !== undefined ? names[error.field] : undefined;
  if (!(error instanceof Refusal) || name === undefined) throw error;
  throw new Refusal(error.reason, error.detail?.replace(/^\w+/, name), name);
}

/** Registers a device of a user for pushes. */
export const setDeviceToken = defineCommand({
  service: 'push_http_srv',
  command: 'set_device_token',
  summary: 'Registers a device of a user for pushes.',
  description:
    'Of Ringback itself: the original has no such command. A device has one token for each provider and channel; a newer one takes its place, and a token that another device had is taken from it. Devices that speak signalling do the same with `registerPush`.',
  request: Type.Object({
    User_Account: Type.String({ description: 'The user, an account of 1 to 32 bytes.' }),
    DeviceId: tokenFields.DeviceId,
    Provider: tokenFields.Provider,
    Token: Type.String({
      description: `What the push service knows the device by, at most ${bounds.pushTokenBytes} bytes; for web-push the JSON of the PushSubscription.`,
    }),
    Channel: Type.Optional(tokenFields.Channel),
    Platform: Type.Optional(Type.Enum([...platforms], { description: 'What the device is.' })),
  }),
  response: null,
  errors: ['bad_params', 'unknown_account'],
  examples: [
    {
      title: 'The phone of alice',
      scene: 'pushed',
      request: {
        User_Account: 'alice',
        DeviceId: 'alice-phone',
        Provider: 'own',
        Token: 'a-token-of-the-push-service',
        Platform: 'Android',
      },
      response: null,
    },
  ],
  async handle({ app, accounts, push }, body) {
    const userId = readAccount(body.User_Account, 'User_Account');
    const device = readDevice(body.DeviceId);
    const { Token: token, Provider: provider, Channel: channel = 'alert', Platform: platform = 'Unknown' } = body;
    if (token === '' || utf8Length(token) > bounds.pushTokenBytes) {
      throw new Refusal('bad_params', `Token must be 1 to ${bounds.pushTokenBytes} bytes`, 'Token');
    }
    if (!(await accounts.find(app.sdkAppId, [userId])).has(userId)) {
      throw new Refusal('unknown_account', 'User_Account: there is no such account', 'User_Account');
    }
    await push.register({ app: app.sdkAppId, userId, device, provider, token, channel, platform }).catch(inRestWords);
    return null;
  },
});
