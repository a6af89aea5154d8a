import { localError } from '../base/ringback-error.ts';
import { checkSupport } from './support.ts';

export type DeviceListKind = 'camera' | 'microphone' | 'speaker';

/** A device as applications list it. */
export interface Device {
  readonly deviceId: string;
  readonly label: string;
  readonly kind: MediaDeviceKind;
  readonly groupId: string;
}

/** All devices by kind, as the browser names them. */
export interface DeviceLists {
  readonly camera: readonly Device[];
  readonly microphone: readonly Device[];
  readonly speaker: readonly Device[];
}

const kinds: Readonly<Record<MediaDeviceKind, DeviceListKind>> = {
  videoinput: 'camera',
  audioinput: 'microphone',
  audiooutput: 'speaker',
};

/** What there is now. Names are empty until the user has allowed a device. Rejects with `device_list_failed`. */
export async function listDevices(): Promise<DeviceLists> {
  checkSupport();
  const lists: Record<DeviceListKind, Device[]> = { camera: [], microphone: [], speaker: [] };
  const found = await navigator.mediaDevices.enumerateDevices().catch((cause: unknown) => {
    throw localError('device_list_failed', undefined, { cause });
  });
  for (const { deviceId, label, kind, groupId } of found) {
    lists[kinds[kind]]?.push({ deviceId, label, kind, groupId });
  }
  return lists;
}

/** Tells what came and went whenever the devices change. Returns what stops it. */
export function watchDevices(
  changed: (lists: DeviceLists, came: readonly Device[], went: readonly Device[]) => void,
): () => void {
  if (typeof navigator === 'undefined' || typeof navigator.mediaDevices?.addEventListener !== 'function')
    return () => {};
  let known = new Map<string, Device>();
  const look = async (tell: boolean) => {
    const lists = await listDevices().catch(() => undefined);
    if (lists === undefined) return;
    const now = new Map(
      [...lists.camera, ...lists.microphone, ...lists.speaker].map((one) => [`${one.kind} ${one.deviceId}`, one]),
    );
    const came = [...now].filter(([key]) => !known.has(key)).map(([, one]) => one);
    const went = [...known].filter(([key]) => !now.has(key)).map(([, one]) => one);
    known = now;
    if (tell) changed(lists, came, went);
  };
  void look(false);
  const heard = () => void look(true);
  navigator.mediaDevices.addEventListener('devicechange', heard);
  return () => navigator.mediaDevices.removeEventListener('devicechange', heard);
}
