import type { SignallingLimits } from './limits.ts';

/** Counts what one socket sends: a few frames before its sign-in, and so many a second after it. */
export class FrameGauge {
  readonly #limits: SignallingLimits;
  #unsigned = 0;
  #second = 0;
  #count = 0;
  /** Frames that may come in this second. */
  #most: number;

  constructor(limits: SignallingLimits) {
    this.#limits = limits;
    this.#most = limits.framesPerSecond;
  }

  /** One more frame, of `bytes`, at `now` (ms); false when it is too much. */
  admits(signedIn: boolean, bytes: number, now: number): boolean {
    const limits = this.#limits;
    if (!signedIn) {
      this.#unsigned += 1;
      return this.#unsigned <= limits.signInFrames && bytes <= limits.signInFrameBytes;
    }
    // Whole seconds of the clock: a device that keeps to the limit in every second is never cut off.
    this.#begin(Math.floor(now / 1000));
    this.#count += 1;
    return this.#count <= this.#most && bytes <= limits.frameBytes;
  }

  /** Nothing was read of the socket from `since` to `now` (ms): what it sent in the seconds before comes in this one. */
  heldBack(since: number, now: number): void {
    const second = Math.floor(now / 1000);
    this.#begin(second);
    this.#most += this.#limits.framesPerSecond * Math.max(0, second - Math.floor(since / 1000));
  }

  #begin(second: number): void {
    if (second === this.#second) return;
    this.#second = second;
    this.#count = 0;
    this.#most = this.#limits.framesPerSecond;
  }
}
