import type { Timers } from '../base/timers.ts';
import { CallStats } from './call-stats.ts';
import type { Link } from './link.ts';
import type { DeviceMessage } from './messages.ts';

/** ms. */
const periods = { volumes: 400, stats: 5000, quality: 2000 };

/** After a look, how many times as long as it took nothing is looked at. */
const rest = 9;

/** ms; a look across which the device slept says nothing. */
const longestRest = 5000;

/** At most so many samples in one message. */
const mostSamples = 100;

type Samples = Extract<DeviceMessage, { readonly type: 'stats' }>['samples'];

/** What is measured, and who hears of it. */
export interface CallMeasuresHost {
  readonly userId: string;
  readonly timers: Pick<Timers, 'now'>;
  readonly after: (ms: number, fire: () => void) => void;
  readonly isClosed: () => boolean;
  /** What carries the media now: while another link is being set up, the one before. */
  readonly carrying: () => Link | undefined;
  readonly newest: () => Link | undefined;
  /** The other members. */
  readonly others: () => readonly string[];
  /** Whether a member, or this user, speaks into something. */
  readonly speaks: (userId: string) => boolean;
  readonly sampled: (samples: Samples) => void;
  readonly volumes: (volumes: ReadonlyMap<string, number>) => void;
  readonly quality: (quality: ReadonlyMap<string, number>) => void;
}

/** Looks at a call's connections every now and then: how loud everybody is, how good every line is. */
export class CallMeasures {
  readonly #host: CallMeasuresHost;
  readonly #stats = new CallStats();
  readonly #quality = new Map<string, number>();

  constructor(host: CallMeasuresHost) {
    this.#host = host;
  }

  start(): void {
    this.#repeat(periods.volumes, () => this.#volumes());
    this.#repeat(periods.quality, () => this.#tellQuality());
    this.#repeat(periods.stats, () => this.#sample());
  }

  /** The service says how good a member's line is. */
  note(userId: string, quality: number): void {
    this.#quality.set(userId, quality);
  }

  /** A member has left the call. */
  forget(userId: string): void {
    this.#quality.delete(userId);
  }

  async #volumes(): Promise<void> {
    const { userId, carrying, speaks, volumes: tell } = this.#host;
    const link = carrying();
    // What is still being set up has nothing to measure, and needs the machine for itself.
    const volumes =
      link === undefined ? new Map<string, number>() : (await this.#stats.look(link, userId, false)).volumes;
    if (this.#host.isClosed()) return;
    const own = speaks(userId) ? (volumes.get(userId) ?? 0) : 0;
    tell(new Map([[userId, own], ...[...volumes].filter(([id]) => id !== userId && speaks(id))]));
  }

  async #sample(): Promise<void> {
    const { userId, carrying, sampled } = this.#host;
    const link = carrying();
    if (link === undefined) return;
    const { samples, quality } = await this.#stats.look(link, userId, true);
    if (this.#host.isClosed()) return;
    this.#quality.set(userId, quality);
    if (samples.length > 0 && link.isConnected) sampled(samples.slice(0, mostSamples));
  }

  async #tellQuality(): Promise<void> {
    const { userId, newest, others, quality: tell } = this.#host;
    const link = newest();
    if (link === undefined) return;
    const own = link.isConnected ? (this.#quality.get(userId) ?? 0) : 6;
    tell(new Map([[userId, own], ...others().map((id) => [id, this.#quality.get(id) ?? 0] as const)]));
  }

  /** Every `ms`; less often where a look takes long, so that a slow device is not kept busy with measuring. */
  #repeat(ms: number, run: () => Promise<void>, pause = ms): void {
    const { after, timers, isClosed } = this.#host;
    after(pause, () => {
      const from = timers.now();
      const again = () => {
        const next = Math.max(ms, Math.min(longestRest, rest * (timers.now() - from)));
        if (!isClosed()) this.#repeat(ms, run, next);
      };
      run().then(again, again);
    });
  }
}
