import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { readAccount } from '../fields.ts';
import { readDevice, tokenFields } from './token-fields.ts';

/** Takes devices of a user out of pushes. */
export const deleteDeviceToken = defineCommand({
  service: 'push_http_srv',
  command: 'delete_device_token',
  summary: 'Takes devices of a user out of pushes.',
  description:
    'Of Ringback itself: the original has no such command. Without a `DeviceId` all devices of the user, without a `Provider` those of all providers; an empty one is as good as none.',
  request: Type.Object({
    User_Account: Type.String({ description: 'The user, an account of 1 to 32 bytes.' }),
    DeviceId: Type.Optional(tokenFields.DeviceId),
    Provider: Type.Optional(tokenFields.Provider),
  }),
  response: Type.Object({ Deleted: Type.Integer({ description: 'How many tokens there were.' }) }),
  errors: ['bad_params'],
  examples: [
    {
      title: 'Nobody has registered',
      scene: 'idle',
      request: { User_Account: 'alice', DeviceId: 'alice-phone' },
      response: { Deleted: 0 },
    },
  ],
  async handle({ app, push }, { User_Account, DeviceId, Provider }) {
    const userId = readAccount(User_Account, 'User_Account');
    // Typed clients send what they leave out as an empty text.
    const device = DeviceId ? readDevice(DeviceId) : undefined;
    return { Deleted: await push.unregister(app.sdkAppId, userId, device, Provider || undefined) };
  },
});
