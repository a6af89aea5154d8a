import type { DeviceMessageType } from 'ringback-protocol';

/** Messages of one kind at once, and how many more each second. A device has no reason for more. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** An offer per move and ICE restart, a burst of candidates after each, a wish for each member on a change of layout. */
const rates: Readonly<Record<DeviceMessageType, Rate>> = {
  hello: { burst: 5, perSecond: 0.5 },
  failed: { burst: 5, perSecond: 0.5 },
  offer: { burst: 10, perSecond: 1 },
  answer: { burst: 200, perSecond: 10 },
  candidate: { burst: 300, perSecond: 30 },
  state: { burst: 20, perSecond: 4 },
  want: { burst: 200, perSecond: 50 },
  stats: { burst: 3, perSecond: 0.25 },
};

/** How fast one device may send messages of each kind. */
export class MessageGauge {
  /** Undefined until the first message. */
  #left: Map<DeviceMessageType, { tokens: number; at: number }> | undefined;

  /** False: too fast. `now` in ms. */
  admits(type: DeviceMessageType, now: number): boolean {
    const { burst, perSecond } = rates[type];
    this.#left ??= new Map();
    let bucket = this.#left.get(type);
    if (bucket === undefined) {
      bucket = { tokens: burst, at: now };
      this.#left.set(type, bucket);
    }
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
