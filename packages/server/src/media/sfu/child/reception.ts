import type { ReportBlock } from './rtcp.ts';

/** Counts what arrives from one sender, for the reports that it gets (RFC 3550, appendix A). */
export class Reception {
  readonly #clockRate: number;
  #first = -1;
  #highest = -1;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit = 0;
  #reportMiddle = 0;
  #reportAt = 0;

  /** `clockRate`: ticks of the RTP clock in a second. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** A packet arrived at `now` (ms): its extended number and its timestamp. */
  packet(number: number, timestamp: number, now: number): void {
    this.#received += 1;
    const transit = (now * this.#clockRate) / 1000 - timestamp;
    if (this.#first < 0) {
      this.#first = number;
      this.#highest = number;
      this.#transit = transit;
      return;
    }
    if (number <= this.#highest) return;
    this.#highest = number;
    const change = Math.abs(transit - this.#transit);
    this.#transit = transit;
    // A timestamp that has run over, or a restarted clock, says nothing about the network.
    if (change < this.#clockRate * 10) this.#jitter += (change - this.#jitter) / 16;
  }

  /** A sender report arrived: the middle 32 bits of its time. */
  senderReport(middle: number, now: number): void {
    this.#reportMiddle = middle;
    this.#reportAt = now;
  }

  /** What to report since the last time; undefined while nothing has arrived. */
  report(ssrc: number, now: number): ReportBlock | undefined {
    if (this.#first < 0) return undefined;
    const expected = this.#highest - this.#first + 1;
    const newlyExpected = expected - this.#expectedBefore;
    const newlyReceived = this.#received - this.#receivedBefore;
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const share = newlyExpected <= 0 ? 0 : Math.max(0, newlyExpected - newlyReceived) / newlyExpected;
    return {
      ssrc,
      fractionLost: Math.min(255, Math.floor(share * 256)),
      lost: Math.max(0, expected - this.#received),
      highest: this.#highest >>> 0,
      jitter: Math.floor(this.#jitter),
      lastReport: this.#reportMiddle,
      sinceReport: this.#reportMiddle === 0 ? 0 : Math.floor((now - this.#reportAt) * 65.536) >>> 0,
    };
  }
}
