import { setTimeout as sleep } from 'node:timers/promises';
import type { UnderWay } from '../app.ts';
import type { TestClock } from './test-clock.ts';

/** Those whose doings a move of the clock waits for. */
export interface Bystanders {
  readonly underWay: () => UnderWay;
  /** Requests of virtual users without an answer. */
  readonly asking: () => number;
  /** Signalling frames that have reached virtual users. */
  readonly received: () => number;
  /** Counts up with everything that virtual users do, with every webhook that was taken and every push that was tried. */
  readonly happened: () => number;
  /** Every other device is asked for a sign of life; resolves when those that can have given one. */
  readonly probe: () => Promise<void>;
}

/** ms of real time; a frame that has not come by then is on its way to a device that does not read, or to a foreign one. */
const frameTime = 30;

/** ms of real time; a receiver of webhooks may take this long while the clock waits for it. */
const longestWait = 10_000;

/** ms; within this, other devices would not be missed. */
const probeEvery = 4000;

/** The turns of the event loop in which what was written to a socket arrives at its other end. */
const turns = 2;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Moves the test clock from timer to timer and lets everything come to rest in between: what a timer set off is on disk,
 * told, heard and answered before the next one fires. So what happens does not depend on how fast this machine is.
 */
export class TimeMachine {
  readonly #clock: TestClock;
  readonly #others: Bystanders;
  /** Frames that were sent and will never be received here. */
  #adrift = 0;
  #probedAt = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #stops = 0;
  /** Of the move that goes on. */
  #isStopped = (): boolean => false;

  constructor(clock: TestClock, others: Bystanders) {
    this.#clock = clock;
    this.#others = others;
  }

  /** Moves on by `ms`; says by how much, which is less when `stop` or `signal` ends it. Moves come one after the other. */
  advance(ms: number, signal?: AbortSignal): Promise<number> {
    return this.#inTurn(async () => {
      const from = this.#clock.now();
      await this.#moveTo(from + ms);
      return this.#clock.now() - from;
    }, signal);
  }

  /** Moves on to the next moment at which something happens to a call, a user or a webhook, at most by `ms`; says by how much. */
  step(ms: number, signal?: AbortSignal): Promise<number> {
    return this.#inTurn(async () => {
      const from = this.#clock.now();
      await this.#moveTo(from + ms, this.#progress());
      return this.#clock.now() - from;
    }, signal);
  }

  /** Moves on until nothing is left to happen by itself, at most by `ms`. */
  finish(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const until = this.#clock.now() + ms;
      while (!this.#isOver() && !this.#isStopped() && this.#clock.now() < until) {
        await this.#moveTo(until, this.#progress());
      }
    }, signal);
  }

  /** Ends the move that goes on, where it has come to, and those that wait for it; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stops += 1;
    await this.#queue;
  }

  /** Resolves when everything has come to rest, without moving the clock. */
  rest(): Promise<void> {
    return this.#inTurn(() => this.#settle());
  }

  #inTurn<Value>(move: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const stops = this.#stops;
    const done = this.#queue.then(async () => {
      this.#isStopped = () => stops !== this.#stops || signal?.aborted === true;
      const letGo = this.#clock.hold();
      try {
        return await move();
      } finally {
        letGo();
      }
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  #isOver(): boolean {
    const { liveCalls, webhooksWaiting } = this.#others.underWay();
    return liveCalls + webhooksWaiting + this.#clock.waiting('script') === 0;
  }

  /** `since`: stop as soon as there was progress since then. */
  async #moveTo(target: number, since?: string): Promise<void> {
    const clock = this.#clock;
    await this.#settle();
    const moved = (): boolean => this.#isStopped() || (since !== undefined && this.#progress() !== since);
    while (!moved()) {
      const jump = this.#jump();
      const next = jump ? clock.next('script') : clock.next();
      if (next > target) break;
      await this.#arrive(Math.max(next, clock.now()), jump);
    }
    if (!moved() && clock.now() < target) await this.#arrive(target, this.#jump());
  }

  /** Where nothing goes on, the sweeps of the server may come late, once for all the time that was left out. */
  #jump(): boolean {
    const { liveCalls, webhooksWaiting } = this.#others.underWay();
    return liveCalls + webhooksWaiting === 0;
  }

  async #arrive(time: number, jumped: boolean): Promise<void> {
    const clock = this.#clock;
    clock.moveTo(time);
    if (jumped || time - this.#probedAt >= probeEvery) {
      this.#probedAt = time;
      // Devices say that they are alive before the server asks how long they have been silent.
      if (clock.fireDue('life') > 0) await this.#settle();
      await this.#others.probe();
    }
    clock.fireDue();
    await turn();
    if (!this.#isQuiet()) await this.#settle();
  }

  /** Changes when something has happened. */
  #progress(): string {
    const { liveCalls } = this.#others.underWay();
    return `${liveCalls} ${this.#others.happened()}`;
  }

  #isQuiet(): boolean {
    const { steps, requests, webhooks, pushes, framesSent } = this.#others.underWay();
    const missing = framesSent - this.#others.received() - this.#adrift;
    return steps + requests + webhooks + pushes + this.#others.asking() + missing === 0;
  }

  async #settle(): Promise<void> {
    const began = performance.now();
    let quietFor = 0;
    let missingSince: number | undefined;
    while (quietFor < turns && !this.#isStopped() && performance.now() - began < longestWait) {
      // Timers that were set for this very moment belong to it.
      this.#clock.fireDue('script');
      await turn();
      const { steps, requests, webhooks, pushes, framesSent } = this.#others.underWay();
      const missing = framesSent - this.#others.received() - this.#adrift;
      const busy = steps + requests + webhooks + pushes + this.#others.asking() > 0;
      if (missing === 0) missingSince = undefined;
      else missingSince ??= performance.now();
      if (missingSince !== undefined && !busy && performance.now() - missingSince > frameTime) {
        this.#adrift += missing;
        missingSince = undefined;
      }
      quietFor = busy || missingSince !== undefined ? 0 : quietFor + 1;
      // The writer thread and receivers need the processor, too.
      if (busy || missingSince !== undefined) await sleep(0);
    }
  }
}
