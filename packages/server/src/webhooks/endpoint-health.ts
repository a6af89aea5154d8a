import type { PendingEvent } from '../ports/outbox.ts';
import { failuresToFailing, probeDelay } from './retry.ts';

/** What the last answers of an endpoint say: whether it is away, when to ask it again, and how much it may get at once. */
export class EndpointHealth {
  readonly #most: number;
  readonly #probes: boolean;
  /** Attempts at once for now; grows with each success after the endpoint was away, so that it is not overrun. */
  #allowed: number;
  /** Failures in a row, of whatever events. */
  #failures = 0;
  /** Probes that have failed since the endpoint is failing. */
  #failedProbes = 0;
  /** The kinds of events whose last attempt failed. */
  readonly #refused = new Set<string>();
  /** ms; no probe of a failing endpoint before this. */
  #probeAt = 0;
  /** ms; what the endpoint has asked for with `Retry-After`. */
  #askedUntil = 0;

  /** `most`: attempts at once; `probes`: whether an endpoint that fails again and again is only probed. */
  constructor(most: number, probes: boolean) {
    this.#most = most;
    this.#allowed = most;
    this.#probes = probes;
  }

  /** One attempt at a time asks whether the endpoint is back. */
  get failing(): boolean {
    return this.#probes && this.#failures >= failuresToFailing;
  }

  /** ms; no attempt before this. */
  get holdUntil(): number {
    return Math.max(this.#probeAt, this.#askedUntil);
  }

  /** Attempts at once. */
  get atOnce(): number {
    return this.failing ? 1 : this.#allowed;
  }

  /** Whether the last attempt of some kind of event failed. */
  get refuses(): boolean {
    return this.#refused.size > 0;
  }

  /** How likely an attempt of this event fails, by what is known: never, where it is 0. */
  doubt({ command, attempts }: PendingEvent): number {
    return this.#refused.has(command) ? attempts + 1_000_000 : attempts;
  }

  /** Says whether the endpoint is back that was failing. */
  succeeded(kind: string): boolean {
    const back = this.failing;
    if (back) this.#allowed = 1;
    this.#failures = 0;
    this.#refused.delete(kind);
    this.#probeAt = 0;
    this.#allowed = Math.min(this.#most, this.#allowed * 2);
    return back;
  }

  /** Says whether the endpoint begins to fail with this. `random`: 0 to 1, for the time of the next probe. */
  failed(kind: string, probe: boolean, now: number, random: () => number): boolean {
    this.#failures += 1;
    this.#refused.add(kind);
    const begins = this.failing && this.#failures === failuresToFailing;
    // Those that were under way when it began to fail say nothing more.
    if (!this.failing || !(probe || begins)) return false;
    this.#failedProbes = probe ? this.#failedProbes + 1 : 0;
    this.#probeAt = now + probeDelay(this.#failedProbes, random());
    return !probe;
  }

  /** The endpoint has asked for a pause of `delay` ms from `now`. */
  asked(delay: number | undefined, now: number): void {
    if (delay !== undefined) this.#askedUntil = Math.max(this.#askedUntil, now + delay);
  }

  /** The endpoint gets another chance at once. */
  reset(): void {
    this.#failures = 0;
    this.#refused.clear();
    this.#probeAt = 0;
    this.#askedUntil = 0;
  }
}
