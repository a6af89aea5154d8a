import type { DeviceId } from 'ringback-protocol';
import type { Ring } from '../ports/push.ts';
import { keyOf } from './ring-facts.ts';

/** Rings that are remembered, and devices of each; beyond that a device may be heard twice, or not at all. */
const [mostRings, mostDevices] = [20_000, 32];

/** Which devices have said of a ring that they ring: they may say so as often as they like. */
export class HeardRings {
  readonly #heard = new Map<string, Set<DeviceId>>();

  /** False when this device has said so before. */
  isNew(ring: Ring, device: DeviceId): boolean {
    const key = keyOf(ring);
    const devices = this.#heard.get(key) ?? new Set();
    if (devices.has(device) || devices.size >= mostDevices) return false;
    devices.add(device);
    this.#heard.set(key, devices);
    // The oldest; it has been over for long.
    for (const oldest of this.#heard.keys()) {
      if (this.#heard.size <= mostRings) break;
      this.#heard.delete(oldest);
    }
    return true;
  }
}
