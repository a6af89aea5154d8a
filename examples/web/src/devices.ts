import type { TUICallEngine } from 'ringback-sdk';
import { at, attempt } from './page.ts';

interface Device {
  readonly deviceId: string;
  readonly label: string;
}

const kinds = [
  ['camera', 'device-camera'],
  ['microphones', 'device-microphone'],
  ['speaker', 'device-speaker'],
] as const;

/** Fills the lists of devices. */
export async function listDevices(engine: TUICallEngine): Promise<void> {
  for (const [kind, id] of kinds) {
    await attempt(`devices (${kind})`, async () => {
      const devices: readonly Device[] = await engine.getDeviceList(kind);
      const select = at<HTMLSelectElement>(id);
      const chosen = select.value;
      select.replaceChildren(
        ...devices.map(({ deviceId, label }, index) => new Option(label || `${kind} ${index + 1}`, deviceId)),
      );
      if (devices.some(({ deviceId }) => deviceId === chosen)) select.value = chosen;
      select.disabled = devices.length === 0;
    });
  }
}

/** Uses what is chosen from now on. */
export function followChoices(engine: TUICallEngine): void {
  for (const [deviceType, id] of kinds) {
    at<HTMLSelectElement>(id).addEventListener('change', (event) => {
      const { value } = event.target as HTMLSelectElement;
      void attempt('switch device', () => engine.switchDevice({ deviceType, deviceId: value }));
    });
  }
}
