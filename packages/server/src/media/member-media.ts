import type { DeviceId, UserId } from 'ringback-protocol';
import { MessageGauge } from './gauge.ts';

/** How far a member's device is: the epoch of its last setup, 0 for none, and which way its media goes. */
export interface Standing {
  readonly epoch: number;
  readonly mode: 'p2p' | 'room' | '';
}

/** What the media plane knows of one member of a call. */
export class MemberMedia {
  readonly userId: UserId;
  /** The one device that is in the call. */
  readonly device: DeviceId;
  readonly gauge = new MessageGauge();
  /** Of the last setup; 0 when there was none. */
  epoch = 0;
  /** The device has sent an offer in this epoch, so that it has something to tear down. */
  offered = false;
  audio = false;
  video = false;
  /** The media flows, by the word of the provider. */
  flows = false;
  /** ms; when the device was told something last. */
  toldAt = 0;
  /** Waits for media that was there and is gone; called to wait no longer. */
  #stopWaiting: (() => void) | undefined;

  constructor(userId: UserId, device: DeviceId) {
    this.userId = userId;
    this.device = device;
  }

  /** Replaces what is waited for. */
  waitWith(cancel: (() => void) | undefined): void {
    this.#stopWaiting?.();
    this.#stopWaiting = cancel;
  }

  get isWaitedFor(): boolean {
    return this.#stopWaiting !== undefined;
  }
}
