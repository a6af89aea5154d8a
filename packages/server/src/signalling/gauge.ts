import type { SignallingLimits } from './limits.ts';

/** Counts what one socket sends: a few frames before its sign-in, and so many a second after it. */
export class FrameGauge {
  readonly #limits: SignallingLimits;
  #unsigned = 0;
  #second = 0;
  #count = 0;

  constructor(limits: SignallingLimits) {
    this.#limits = limits;
  }

  /** One more frame, of `bytes`, at `now` (ms); false when it is too much. */
  admits(signedIn: boolean, bytes: number, now: number): boolean {
    const limits = this.#limits;
    if (!signedIn) {
      this.#unsigned += 1;
      return this.#unsigned <= limits.signInFrames && bytes <= limits.signInFrameBytes;
    }
    // Whole seconds of the clock: a device that keeps to the limit in every second is never cut off.
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= limits.framesPerSecond && bytes <= limits.frameBytes;
  }
}
