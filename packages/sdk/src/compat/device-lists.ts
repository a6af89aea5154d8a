import { type Device, type DeviceListKind, listDevices } from '../media/devices.ts';
import type { LocalMedia } from '../media/local-media.ts';
import type { DeviceInfo, DevicesPayload } from './event-payloads.ts';

/** All words that applications use for a kind of device. */
const kinds: Readonly<Record<string, DeviceListKind>> = {
  camera: 'camera',
  video: 'camera',
  microphone: 'microphone',
  microphones: 'microphone',
  audio: 'microphone',
  speaker: 'speaker',
};

/** Undefined for a word that nobody knows. */
export const deviceKindOf = (word: unknown): DeviceListKind | undefined =>
  typeof word === 'string' && Object.hasOwn(kinds, word) ? kinds[word] : undefined;

/** A device with the names of all generations. */
export const deviceInfo = ({ deviceId, label, kind, groupId }: Device): DeviceInfo => ({
  deviceId,
  deviceName: label,
  label,
  kind,
  groupId,
});

const nobody: DeviceInfo = { deviceId: '', deviceName: '', label: '', kind: '', groupId: '' };

/** What DEVICED_UPDATED carries now. */
export async function devicesPayload(local: LocalMedia): Promise<DevicesPayload> {
  const lists = await listDevices();
  const current = (kind: DeviceListKind) => {
    const id = local.currentDevice(kind);
    const found = id === '' ? undefined : lists[kind].find(({ deviceId }) => deviceId === id);
    return found === undefined ? nobody : deviceInfo(found);
  };
  return {
    microphoneList: lists.microphone.map(deviceInfo),
    cameraList: lists.camera.map(deviceInfo),
    speakerList: lists.speaker.map(deviceInfo),
    currentMicrophone: current('microphone'),
    currentCamera: current('camera'),
    currentSpeaker: current('speaker'),
  };
}
