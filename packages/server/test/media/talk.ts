import { type Device, type Json, type Scene, until } from '../signalling/support.ts';

/** A call, and the devices in it: two, or three. */
export interface Talk {
  readonly callId: string;
  readonly devices: readonly [Device, Device, Device];
}

/** A call that the first has made and all others have answered. Devices are named after their users. */
export async function talk(scene: Scene, ...names: readonly string[]): Promise<Talk> {
  const devices = (await Promise.all(names.map((name) => scene.device(name)))) as unknown as Talk['devices'];
  const [caller, ...callees] = devices;
  const params = { callees: names.slice(1), mediaType: 'Video' };
  const { callId } = await caller.ask('call', params);
  for (const callee of callees) {
    await callee.hears('callReceived');
    await callee.ask('accept', { callId });
  }
  return { callId, devices };
}

/** What the media service has told the device, in order, by type if given. */
export const mediaOf = (device: Device, type?: string): Json[] =>
  device.notices
    .filter(({ method }) => method === 'media')
    .map(({ params }) => params.data)
    .filter((data) => type === undefined || data.type === type);

/** The setup that is the `n`th of the device, from 1. */
export async function setupOf(device: Device, n = 1): Promise<Json> {
  await until(() =>
    mediaOf(device, 'setup').length >= n ? undefined : `${device.name} heard ${JSON.stringify(mediaOf(device))}`,
  );
  return mediaOf(device, 'setup')[n - 1];
}

/** A message of the device to the media service. */
export const say = (device: Device, callId: string, data: object): Promise<Json> =>
  device.ask('signal', { callId, to: '', data });

/** How a request fails that is refused by this name. */
export const refusal = (name: string): object => ({ data: { name } });
