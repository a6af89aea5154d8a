import type { CallId, DeviceId, NodeId, SdkAppId, UserId } from 'ringback-protocol';
import type { Standing } from './member-media.ts';

/** Devices whose new owner is told at once. */
const movesAtOnce = 50;

/** A device here whose call another node looks after. */
export interface Guest {
  readonly app: SdkAppId;
  readonly callId: CallId;
  /** ms; of its call. */
  readonly startedAt: number;
  readonly userId: UserId;
  readonly device: DeviceId;
  /** Who looked after the call when the device was heard of last. */
  readonly owner: NodeId;
  readonly standing: Standing;
}

/** The devices here whose calls other nodes look after, and what they run, so that a new owner can be told of it. */
export class Guests {
  readonly #options: {
    /** Whether a device is signed in at this node. */
    readonly isHere: (app: SdkAppId, userId: UserId, device: DeviceId) => boolean;
    readonly ownerOf: (guest: Guest) => NodeId;
    /** Says to the owner of now what the device runs. Must not reject. */
    readonly tell: (guest: Guest) => Promise<void>;
  };
  readonly #guests = new Map<string, Guest>();
  readonly #waiting: Guest[] = [];
  readonly #moving = new Set<string>();

  constructor(options: {
    readonly isHere: (app: SdkAppId, userId: UserId, device: DeviceId) => boolean;
    readonly ownerOf: (guest: Guest) => NodeId;
    readonly tell: (guest: Guest) => Promise<void>;
  }) {
    this.#options = options;
  }

  note(guest: Guest): void {
    this.#guests.set(keyOf(guest.app, guest.userId, guest.device), guest);
  }

  /** Whether this is what was heard of the device last, and it is still here. */
  has(guest: Guest): boolean {
    const { app, userId, device } = guest;
    return this.#guests.get(keyOf(app, userId, device)) === guest && this.#options.isHere(app, userId, device);
  }

  /** `callId`: only if it is in that call. */
  forget(app: SdkAppId, userId: UserId, device: string, callId?: CallId): void {
    const key = keyOf(app, userId, device);
    if (callId === undefined || this.#guests.get(key)?.callId === callId) this.#guests.delete(key);
  }

  /** Tells the owners that are others than before. */
  look(): void {
    const { isHere, ownerOf } = this.#options;
    for (const [key, guest] of this.#guests) {
      if (!isHere(guest.app, guest.userId, guest.device)) this.#guests.delete(key);
      else if (ownerOf(guest) !== guest.owner && !this.#moving.has(key)) {
        this.#moving.add(key);
        this.#waiting.push(guest);
      }
    }
    for (let free = movesAtOnce - (this.#moving.size - this.#waiting.length); free > 0; free -= 1) this.#next();
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#guests.clear();
  }

  #next(): void {
    const guest = this.#waiting.shift();
    if (guest === undefined) return;
    const { app, userId, device } = guest;
    void this.#options.tell(guest).finally(() => {
      this.#moving.delete(keyOf(app, userId, device));
      this.#next();
    });
  }
}

const keyOf = (app: SdkAppId, userId: UserId, device: string): string => `${app}/${userId}/${device}`;
