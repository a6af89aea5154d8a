import { performance } from 'node:perf_hooks';
import type { Clock } from '../ports/clock.ts';

/**
 * Whose a timer is. `server`: of the server, whose sweeps may come late when nothing goes on. `script`: something happens
 * to virtual users then. `life`: a device says that it is alive, which comes before what the server makes of its silence.
 */
export type TimerKind = 'life' | 'script' | 'server';

interface Timer {
  readonly at: number;
  readonly id: number;
  readonly kind: TimerKind;
  readonly fire: () => void;
}

const kinds = ['life', 'script', 'server'] as const;

/** The longest delay that a timer of the platform takes, ms. */
const longest = 2 ** 31 - 1;

/** A clock that runs with real time, or stands still and is moved. Its timers fire in the order of their times. */
export class TestClock implements Clock {
  #base: number;
  /** ms of the steady clock when it was set going; undefined while it stands. */
  #since: number | undefined;
  #count = 0;
  readonly #timers: Readonly<Record<TimerKind, Map<number, Timer>>> = {
    life: new Map(),
    script: new Map(),
    server: new Map(),
  };
  #alarm: NodeJS.Timeout | undefined;
  /** Somebody is moving it. */
  #held = false;

  /** It stands still at `time` (ms) until `run`. */
  constructor(time: number) {
    this.#base = Math.floor(time);
  }

  now(): number {
    return this.#since === undefined ? this.#base : this.#base + Math.floor(performance.now() - this.#since);
  }

  /** Nobody sets it but who moves all time. */
  steady(): number {
    return this.now();
  }

  timer(ms: number, fire: () => void): () => void {
    return this.schedule('server', ms, fire);
  }

  /** As `timer`, of a kind. */
  schedule(kind: TimerKind, ms: number, fire: () => void): () => void {
    this.#count += 1;
    const id = this.#count;
    this.#timers[kind].set(id, { at: this.now() + Math.max(0, Math.ceil(ms)), id, kind, fire });
    this.#arm();
    return () => this.#timers[kind].delete(id);
  }

  get isRunning(): boolean {
    return this.#since !== undefined;
  }

  run(): void {
    this.#since ??= performance.now();
    this.#arm();
  }

  pause(): void {
    this.#base = this.now();
    this.#since = undefined;
    clearTimeout(this.#alarm);
  }

  /** ms; when the next timer is due, of one kind or of any. Infinite when there is none. */
  next(kind?: TimerKind): number {
    let next = Number.POSITIVE_INFINITY;
    for (const one of kind === undefined ? kinds : [kind]) {
      for (const { at } of this.#timers[one].values()) if (at < next) next = at;
    }
    return next;
  }

  /** How many timers of a kind wait. */
  waiting(kind: TimerKind): number {
    return this.#timers[kind].size;
  }

  /** Stands at `time` (ms), which is not before now, without firing anything. */
  moveTo(time: number): void {
    this.#base = Math.max(this.#base, Math.floor(time));
  }

  /** Fires what is due, of one kind or of all, the earliest first; says how many. */
  fireDue(kind?: TimerKind): number {
    const now = this.now();
    const due = (kind === undefined ? kinds : [kind])
      .flatMap((one) => [...this.#timers[one].values()].filter(({ at }) => at <= now))
      .sort((a, b) => a.at - b.at || a.id - b.id);
    let fired = 0;
    for (const timer of due) {
      // One that fired before may have cancelled it.
      if (!this.#timers[timer.kind].delete(timer.id)) continue;
      fired += 1;
      timer.fire();
    }
    return fired;
  }

  /** While it is held, nothing fires by itself; gives what lets it go again. */
  hold(): () => void {
    const ran = this.isRunning;
    this.pause();
    this.#held = true;
    return () => {
      this.#held = false;
      if (ran) this.run();
    };
  }

  #arm(): void {
    clearTimeout(this.#alarm);
    if (this.#since === undefined || this.#held) return;
    const next = this.next();
    if (next === Number.POSITIVE_INFINITY) return;
    this.#alarm = setTimeout(
      () => {
        this.fireDue();
        this.#arm();
      },
      Math.min(longest, Math.max(0, next - this.now())),
    );
  }
}
