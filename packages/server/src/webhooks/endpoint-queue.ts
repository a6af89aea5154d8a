import type { CallId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Endpoint } from '../ports/endpoints.ts';
import type { EventKey, PendingEvent, PendingEvents, Settlement } from '../ports/outbox.ts';
import { type Attempt, delivered } from './attempt.ts';
import { addInOrder, keyText, type Lane } from './lane.ts';
import { failuresToFailing, parkAfter, probeDelay, type RetryPolicy, retryAfter } from './retry.ts';

/** What a queue works with. */
export interface QueueServices {
  readonly pending: PendingEvents;
  readonly clock: Clock;
  /** Sends one event to its endpoint; never rejects. */
  readonly send: (endpoint: Endpoint, event: PendingEvent) => Promise<Attempt>;
  /** The endpoint has answered 410. */
  readonly gone: (endpoint: Endpoint) => void;
  /** An attempt is over. */
  readonly attempted: (endpoint: Endpoint, event: PendingEvent, attempt: Attempt, settlement: Settlement) => void;
  /** An event was given up without an attempt, because an earlier one of its call was. */
  readonly parked: (endpoint: Endpoint) => void;
  /** What became of an event could not be written. */
  readonly failed: (error: unknown) => void;
  /** [0, 1). */
  readonly random: () => number;
  /** Attempts at once. */
  readonly concurrency: number;
  /** Events held in memory; more wait on disk. */
  readonly memory: number;
}

/**
 * The events of one endpoint on their way: those of a call in order, different calls side by side.
 *
 * What is in memory is a window on what is on disk. When more waits than the window holds, the rest stays on disk and is
 * read when there is room, so that a receiver may be away for days.
 */
export class EndpointQueue {
  readonly #services: QueueServices;
  readonly #policy: RetryPolicy;
  #endpoint: Endpoint;
  readonly #lanes = new Map<CallId, Lane>();
  /** Lanes that can go on, in the order in which they got ready. */
  readonly #ready = new Set<Lane>();
  /** Lanes that wait for their time. */
  readonly #waiting = new Set<Lane>();
  /** Events in memory, until what became of them is on disk. */
  readonly #held = new Set<string>();
  #inFlight = 0;
  /** Attempts at once for now; grows with each success after the endpoint was away, so that it is not overrun. */
  #allowed: number;
  /** Failures in a row, of whatever events. */
  #failures = 0;
  /** ms; no probe of a failing endpoint before this. */
  #probeAt = 0;
  /** ms; what the endpoint has asked for with `Retry-After`. */
  #askedUntil = 0;
  /** More events wait on disk than are in memory. */
  #behind = false;
  /** Events were written since the last reading began, perhaps before the place of reading. */
  #missed = false;
  #cursor: EventKey | undefined;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(endpoint: Endpoint, policy: RetryPolicy, services: QueueServices) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#services = services;
    this.#allowed = services.concurrency;
  }

  /** One attempt at a time asks whether the endpoint is back. */
  get failing(): boolean {
    return this.#policy.probes && this.#failures >= failuresToFailing;
  }

  /** ms; no attempt before this. */
  get #holdUntil(): number {
    return Math.max(this.#probeAt, this.#askedUntil);
  }

  /** Takes up what waits on disk. */
  catchUp(): void {
    this.#behind = true;
    this.#missed = false;
    this.#cursor = undefined;
    this.#pump();
  }

  /** Events that were just written. */
  add(events: readonly PendingEvent[]): void {
    for (const event of events) {
      if (this.#held.has(keyText(event))) continue;
      if (!this.#behind && this.#held.size < this.#services.memory) this.#push(event);
      else {
        if (!this.#behind) this.#cursor = undefined;
        this.#behind = true;
        this.#missed = true;
      }
    }
    this.#pump();
  }

  /** The operator, or the application, has changed something about the endpoint: it gets another chance at once. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#failures = 0;
    this.#probeAt = 0;
    this.#askedUntil = 0;
    this.#release();
    this.#pump();
  }

  /** Starts nothing any more; resolves when what is under way is over. */
  close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #push(event: PendingEvent): void {
    // An earlier event of an old call may have been given up before this one happened; then this one goes with it. One
    // that happened before that is here because somebody wants it again.
    const since = event.eventTime - parkAfter;
    const old = this.#policy.parksLater && event.startedAt <= since;
    if (old && this.#services.pending.parkedBefore(event, since)) {
      this.#services.parked(this.#endpoint);
      this.#services.pending.park(event).catch(this.#services.failed);
      return;
    }
    this.#held.add(keyText(event));
    let lane = this.#lanes.get(event.callId);
    if (lane === undefined) {
      lane = { callId: event.callId, events: [], notBefore: 0, busy: false };
      this.#lanes.set(event.callId, lane);
    }
    addInOrder(lane, event);
    if (!lane.busy && lane.notBefore === 0) this.#ready.add(lane);
  }

  /** Starts as many attempts as it may, then sets the clock for the next. */
  #pump(): void {
    if (this.#closed || this.#endpoint.state !== 'active') return;
    this.#read();
    const now = this.#services.clock.now();
    for (const lane of this.#waiting) {
      if (lane.notBefore > now) continue;
      this.#waiting.delete(lane);
      this.#ready.add(lane);
    }
    if (now >= this.#holdUntil) {
      const allowed = this.failing ? 1 : this.#allowed;
      while (this.#inFlight < allowed) {
        const lane = this.#next();
        if (lane === undefined) break;
        void this.#attempt(lane);
      }
    }
    this.#arm(now);
  }

  /** The next lane to go on. A probe of a failing endpoint need not wait for the turn of its lane. */
  #next(): Lane | undefined {
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      return lane;
    }
    if (!this.failing) return undefined;
    let best: Lane | undefined;
    for (const lane of this.#waiting) if (best === undefined || lane.notBefore < best.notBefore) best = lane;
    if (best !== undefined) this.#waiting.delete(best);
    return best;
  }

  #arm(now: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#lanes.size === 0 || (this.failing && this.#inFlight > 0)) return;
    let at = Number.POSITIVE_INFINITY;
    if (this.failing || this.#ready.size > 0) at = this.#holdUntil;
    else for (const { notBefore } of this.#waiting) at = Math.min(at, Math.max(notBefore, this.#holdUntil));
    if (at === Number.POSITIVE_INFINITY || at <= now) return;
    this.#cancelTimer = this.#services.clock.timer(at - now, () => this.#pump());
  }

  async #attempt(lane: Lane): Promise<void> {
    const event = lane.events[0] as PendingEvent;
    const endpoint = this.#endpoint;
    lane.busy = true;
    lane.notBefore = 0;
    this.#inFlight += 1;
    const attempt = await this.#services.send(endpoint, event);
    this.#inFlight -= 1;
    lane.busy = false;
    const settlement = this.#judge(lane, event, attempt);
    this.#services.attempted(endpoint, event, attempt, settlement);
    this.#settle(event, settlement, attempt);
    // One that was changed or removed meanwhile is another endpoint.
    if (attempt.status === 410 && this.#endpoint === endpoint && !this.#closed) {
      this.#endpoint = { ...endpoint, state: 'gone' };
      this.#services.gone(endpoint);
    }
    if (this.#closed && this.#inFlight === 0) this.#idle?.();
    this.#pump();
  }

  /** What an attempt comes to, for its lane and for the endpoint. */
  #judge(lane: Lane, event: PendingEvent, attempt: Attempt): Settlement {
    const { clock, random, concurrency } = this.#services;
    if (delivered(attempt)) {
      if (this.failing) {
        this.#allowed = 1;
        this.#release();
      }
      this.#failures = 0;
      this.#probeAt = 0;
      this.#allowed = Math.min(concurrency, this.#allowed * 2);
      lane.events.shift();
      this.#goOn(lane);
      return { outcome: 'delivered' };
    }
    const now = clock.now();
    const firstAt = event.firstAt === 0 ? attempt.at : event.firstAt;
    const attempts = event.attempts + 1;
    this.#failures += 1;
    if (this.failing) this.#probeAt = now + probeDelay(this.#failures, random());
    const asked = retryAfter(attempt.retryAfter, now);
    if (asked !== undefined) this.#askedUntil = Math.max(this.#askedUntil, now + asked);
    const delay = this.#policy.delay(attempts, now - firstAt, random());
    if (delay === undefined) {
      const { parksLater } = this.#policy;
      for (const one of parksLater ? lane.events.splice(1) : []) {
        this.#held.delete(keyText(one));
        this.#services.parked(this.#endpoint);
      }
      lane.events.shift();
      this.#goOn(lane);
      return { outcome: 'parked', firstAt, attempts, later: parksLater };
    }
    lane.events[0] = { ...event, firstAt, attempts };
    lane.notBefore = now + delay;
    this.#waiting.add(lane);
    return { outcome: 'failed', firstAt, attempts, nextAt: Math.max(lane.notBefore, this.#holdUntil) };
  }

  #goOn(lane: Lane): void {
    if (lane.events.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(lane.callId);
  }

  #settle(event: PendingEvent, settlement: Settlement, attempt: Attempt): void {
    this.#services.pending.settle(event, settlement, attempt).then(
      () => {
        if (settlement.outcome === 'failed') return;
        this.#held.delete(keyText(event));
        if (this.#behind) this.#pump();
      },
      // The store is failing, which ends the process; what is on disk is tried again after the restart.
      (error: unknown) => this.#services.failed(error),
    );
  }

  /** Everything that waited for its turn may go on. */
  #release(): void {
    for (const lane of this.#waiting) {
      lane.notBefore = 0;
      this.#ready.add(lane);
    }
    this.#waiting.clear();
  }

  /** Reads on where there is room. */
  #read(): void {
    const { pending, memory } = this.#services;
    if (!this.#behind || this.#held.size > memory / 2) return;
    const { app, id } = this.#endpoint;
    const page = pending.page(app, id, this.#cursor, memory);
    for (const event of page) if (!this.#held.has(keyText(event))) this.#push(event);
    if (page.length === memory) this.#cursor = page.at(-1);
    else if (this.#missed) {
      this.#missed = false;
      this.#cursor = undefined;
    } else this.#behind = false;
  }
}
