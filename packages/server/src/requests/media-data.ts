import { type DeviceMessage, type DeviceMessageType, deviceMessageSchemas, Refusal } from 'ringback-protocol';
import { ParamsCheck } from './params-check.ts';

const types = Object.keys(deviceMessageSchemas) as DeviceMessageType[];

const checks: ReadonlyMap<unknown, ParamsCheck> = new Map(
  types.map((type) => [type, new ParamsCheck(deviceMessageSchemas[type], 'data.')]),
);

/** A message for the media service, checked for form; throws a `Refusal` that names what is wrong, as `data.sdp`. */
export function mediaDataOf(data: unknown): DeviceMessage {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Refusal('frame_bad_params', 'data must be an object with a type', 'data');
  }
  const check = checks.get((data as { readonly type?: unknown }).type);
  if (check === undefined) {
    throw new Refusal('frame_bad_params', `data.type must be one of ${types.join(', ')}`, 'data.type');
  }
  return check.pass(data) as DeviceMessage;
}
