import { bounds, type DeviceId, deviceId, pushChannels, Refusal } from 'ringback-protocol';
import Type from 'typebox';

/** Fields of the commands about device tokens. */
export const tokenFields = {
  DeviceId: Type.String({
    description: `The device, 1 to ${bounds.deviceIdBytes} letters, digits and . _ : ~ + = @ -`,
  }),
  Provider: Type.String({ description: 'The name of a push provider of the application.' }),
  Channel: Type.Enum([...pushChannels], {
    description: '`alert` for notifications, `voip` for the VoIP pushes of iOS; `alert` when absent.',
  }),
};

export function readDevice(text: string): DeviceId {
  if (/^[A-Za-z0-9._:~+=@-]{1,64}$/.test(text)) return deviceId(text);
  throw new Refusal(
    'bad_params',
    'DeviceId must be 1 to 64 letters, digits and marks out of . _ : ~ + = @ -',
    'DeviceId',
  );
}
