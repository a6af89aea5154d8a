import type { CallId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import { retryAfter } from '../base/retry-after.ts';
import type { Endpoint } from '../ports/endpoints.ts';
import type { CallPlace, EventKey, PendingEvent, Settlement } from '../ports/outbox.ts';
import { type Attempt, delivered } from './attempt.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { keyText, type Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { QueueServices } from './queue-services.ts';
import { longestRetryAfter, parkAfter, type RetryPolicy } from './retry.ts';
import { StalledCalls } from './stalled-calls.ts';

/** Calls that are set aside for each event that memory takes. */
const stalledShare = 50;

/** Events of a call that come back into memory with it. */
const ofCallAtOnce = 100;

/** ms; a store that could not be read is asked again. */
const readAgain = 1000;

/** ms; whether this node may act again is asked again. */
const doubtAgain = 200;

/**
 * The events of one endpoint on their way: those of a call in order, different calls side by side.
 *
 * What is in memory is a window on what is on disk. When more waits than the window holds, the rest stays on disk and is
 * read when there is room, so that a receiver may be away for days. Calls that the receiver refuses leave the window to
 * others until their time comes, so that however many those are, they hold up nobody else.
 */
export class EndpointQueue {
  readonly #services: QueueServices;
  readonly #policy: RetryPolicy;
  #endpoint: Endpoint;
  #lanes = new Lanes();
  #stalled: StalledCalls;
  /** Lanes that were stalled, and are in memory to be tried. */
  #back = 0;
  /** Events in memory, until what became of them is on disk. */
  readonly #held = new Set<string>();
  /** Of which an attempt is under way. */
  readonly #underWay = new ChurnMap<number, Lane>();
  readonly #health: EndpointHealth;
  /** More events wait on disk than are in memory. */
  #behind = false;
  /** Events were written since the last reading began, perhaps before the place of reading. */
  #missed = false;
  #cursor: EventKey | undefined;
  /** A page is on its way from the store. */
  #reading = false;
  /** What was done with meanwhile; the page may hold it still. */
  readonly #doneMeanwhile = new Set<string>();
  /** Calls whose events are on their way from the store; true where more was written of one since. */
  readonly #loading = new Map<CallId, boolean>();
  /** By call, the last question whether an earlier event was given up: whether its event could be told of. */
  readonly #checks = new Map<CallId, Promise<boolean>>();
  #cancelTimer: (() => void) | undefined;
  /** What is in memory is void; it is read again when what is under way is over. */
  #startingAnew = false;
  /** Counts the beginnings: what was asked of the store before one is void after it. */
  #epoch = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(endpoint: Endpoint, policy: RetryPolicy, services: QueueServices) {
    this.#endpoint = endpoint;
    this.#policy = policy;
    this.#services = services;
    this.#health = new EndpointHealth(services.concurrency, policy.probes);
    this.#stalled = new StalledCalls(services.memory * stalledShare);
  }

  /** One attempt at a time asks whether the endpoint is back. */
  get failing(): boolean {
    return this.#health.failing;
  }

  /** Whether nothing is in memory, so that what waits on disk has yet to be found. */
  get isEmpty(): boolean {
    return this.#held.size + this.#stalled.size === 0;
  }

  /** Whether more than is known here may be among so many that wait on disk. */
  lacks(waiting: number): boolean {
    return this.isEmpty || (!this.#behind && this.#stalled.size === 0 && waiting > this.#held.size);
  }

  /** Attempts under way. */
  get attempting(): number {
    return this.#underWay.size;
  }

  /** The calls of which an attempt is under way. */
  get underWay(): readonly CallPlace[] {
    return [...this.#underWay.values()].flatMap(({ callId, events: [first] }) =>
      first === undefined ? [] : [{ callId, startedAt: first.startedAt }],
    );
  }

  /** Takes up what waits on disk. */
  catchUp(): void {
    this.#behind = true;
    this.#missed = this.#reading;
    this.#cursor = undefined;
    this.#pump();
  }

  /** Takes up what others have written of a call. */
  read(call: CallPlace): void {
    // With the rest of it, when that comes back.
    if (this.#stalled.has(call.callId)) return;
    if (this.#hasRoom(call.callId)) this.#load(call, false);
    else this.#missOf(call.callId);
    this.#pump();
  }

  /** Others may have taken over what is in memory: once nothing is under way any more, it is read again. */
  startAnew(): void {
    this.#startingAnew = true;
    if (this.#underWay.size === 0) this.#begin();
  }

  #begin(): void {
    this.#startingAnew = false;
    this.#epoch += 1;
    this.#lanes = new Lanes();
    this.#stalled = new StalledCalls(this.#services.memory * stalledShare);
    this.#back = 0;
    this.#held.clear();
    this.#loading.clear();
    this.#checks.clear();
    this.#reading = false;
    this.#doneMeanwhile.clear();
    this.catchUp();
  }

  /** Events that were just written. */
  add(events: readonly PendingEvent[]): void {
    for (const event of events) {
      // Of a call that is set aside, what is on disk comes with the rest of it.
      if (this.#held.has(keyText(event)) || this.#stalled.has(event.callId)) continue;
      // It was read from disk and delivered before it came here.
      if (this.#doneMeanwhile.has(keyText(event))) continue;
      if (this.#hasRoom(event.callId)) this.#push(event);
      else this.#missOf(event.callId);
    }
    this.#pump();
  }

  /** Whether what is new of a call may come into memory without what is on disk. */
  #hasRoom(callId: CallId): boolean {
    return !this.#behind && !this.#loading.has(callId) && this.#held.size < this.#services.memory;
  }

  /** Something of a call is new on disk, perhaps before the place of reading, or not in what is on its way. */
  #missOf(callId: CallId): void {
    if (this.#loading.has(callId)) {
      this.#loading.set(callId, true);
      return;
    }
    if (!this.#behind) this.#cursor = undefined;
    this.#behind = true;
    this.#missed = true;
  }

  /** The operator, or the application, has changed something about the endpoint: it gets another chance at once. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#health.reset();
    this.#release();
    this.#pump();
  }

  /** Starts nothing any more; resolves when what is under way is over. */
  close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    if (this.#underWay.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #push(event: PendingEvent): void {
    // An earlier event of an old call may have been given up before this one happened; then this one goes with it. One
    // that happened before that is here because somebody wants it again.
    const since = event.eventTime - parkAfter;
    const old = this.#policy.parksLater && event.startedAt <= since;
    this.#held.add(keyText(event));
    const parked = old && this.#services.pending.parkedBefore(event, since);
    if (!(parked instanceof Promise)) {
      this.#admit(event, parked);
      return;
    }
    const { callId } = event;
    const done = this.#admitLater(event, parked, this.#checks.get(callId));
    this.#checks.set(callId, done);
    void done.then(() => {
      if (this.#checks.get(callId) === done) this.#checks.delete(callId);
    });
  }

  /** After the event before it, whichever is answered first. Where that cannot be found out now, it is read again later. */
  async #admitLater(
    event: PendingEvent,
    parked: Promise<boolean>,
    before: Promise<boolean> | undefined,
  ): Promise<boolean> {
    const epoch = this.#epoch;
    const is = await parked.catch(() => undefined);
    const isNext = (await before) !== false;
    if (epoch !== this.#epoch) return false;
    const { callId } = event;
    // Of a call that was set aside meanwhile, it comes with the rest of it.
    if (is === undefined || !isNext || this.#stalled.has(callId) || this.#loading.has(callId)) {
      this.#held.delete(keyText(event));
      if (is === undefined) this.#readLater();
      else if (this.#loading.has(callId)) this.#missOf(callId);
      return false;
    }
    this.#admit(event, is);
    this.#pump();
    return true;
  }

  /** `parked`: an earlier one of its call was given up. */
  #admit(event: PendingEvent, parked: boolean): void {
    if (!parked) {
      this.#lanes.put(event);
      return;
    }
    if (!this.#closed) this.#services.parked(this.#endpoint);
    this.#services.pending.park(event).catch(this.#services.failed);
    this.#letGo(event);
  }

  /** The event is no longer in memory. */
  #letGo(event: PendingEvent): void {
    this.#held.delete(keyText(event));
    this.#forgetDone();
    if (this.#isExpecting) this.#doneMeanwhile.add(keyText(event));
  }

  /** Starts as many attempts as it may, then sets the clock for the next. */
  #pump(): void {
    if (this.#closed || this.#startingAnew || this.#endpoint.state !== 'active') return;
    if (!this.#services.mayAct()) {
      this.#cancelTimer?.();
      this.#cancelTimer = this.#services.clock.timer(doubtAgain, () => this.#pump());
      return;
    }
    this.#read();
    const now = this.#services.clock.now();
    this.#takeBack(now);
    // Those of a failing endpoint are its probes, whether due or not.
    if (!this.failing) this.#lanes.wake(now);
    if (now >= this.#health.holdUntil) {
      while (this.#underWay.size < this.#health.atOnce) {
        const lane = this.#next();
        if (lane === undefined) break;
        void this.#attempt(lane);
      }
    }
    this.#arm(now);
  }

  /**
   * The next lane to go on. Where some fail, it is an event of a kind that did not fail last time, or else the one that
   * failed least often, because an endpoint that refuses only some would seem to be away for ever otherwise. A probe of a
   * failing endpoint need not wait for the turn of its lane.
   */
  #next(): Lane | undefined {
    if (!this.#health.refuses) return this.#lanes.takeReady();
    return this.#lanes.takeBest(this.#doubt, this.failing);
  }

  #arm(now: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#lanes.size + this.#stalled.size === 0 || (this.failing && this.#underWay.size > 0)) return;
    let at: number;
    if (this.failing || this.#lanes.ready > 0) at = this.#health.holdUntil;
    else at = Math.max(Math.min(this.#stalled.next, this.#lanes.nextDue), this.#health.holdUntil);
    // What is due already goes on when an attempt is over.
    if (at === Number.POSITIVE_INFINITY || (at <= now && this.#underWay.size > 0)) return;
    this.#cancelTimer = this.#services.clock.timer(Math.max(0, at - now), () => this.#pump());
  }

  /** How likely an attempt of this lane fails, by what is known. */
  readonly #doubt = ({ events: [event] }: Lane): number => (event === undefined ? 0 : this.#health.doubt(event));

  async #attempt(lane: Lane): Promise<void> {
    const event = lane.events[0] as PendingEvent;
    const endpoint = this.#endpoint;
    const probe = this.failing;
    lane.busy = true;
    lane.notBefore = 0;
    this.#noLongerBack(lane);
    this.#underWay.set(lane.number, lane);
    const attempt = await this.#services.send(endpoint, event);
    this.#underWay.delete(lane.number);
    lane.busy = false;
    // One that was changed or removed meanwhile is another endpoint.
    const isCurrent = this.#endpoint === endpoint;
    const settlement = this.#judge(lane, event, attempt, probe, isCurrent);
    this.#services.attempted(endpoint, event, attempt, settlement, this.#closed);
    this.#settle(event, settlement, attempt);
    if (attempt.status === 410 && isCurrent && !this.#closed) {
      this.#endpoint = { ...endpoint, state: 'gone' };
      this.#services.gone(endpoint);
    }
    if (this.#underWay.size === 0) {
      if (this.#closed) this.#idle?.();
      else if (this.#startingAnew) this.#begin();
    }
    this.#pump();
  }

  /** What an attempt comes to, for its lane and, where it went to where the next one goes, for the endpoint. */
  #judge(lane: Lane, event: PendingEvent, attempt: Attempt, probe: boolean, isCurrent: boolean): Settlement {
    const { clock, random } = this.#services;
    if (delivered(attempt)) {
      if (isCurrent && this.#health.succeeded(event.command)) this.#release();
      lane.events.shift();
      this.#lanes.goOn(lane);
      return { outcome: 'delivered' };
    }
    const now = clock.now();
    const firstAt = event.firstAt === 0 ? attempt.at : event.firstAt;
    const attempts = event.attempts + 1;
    if (isCurrent) {
      // Memory is rather for others.
      if (this.#health.failed(event.command, probe, now, random))
        this.#lanes.yieldThose((one) => this.#doubt(one) > 0, now);
      this.#health.asked(retryAfter(attempt.retryAfter, now, longestRetryAfter), now);
    }
    const delay = this.#policy.delay(attempts, now - firstAt, random());
    if (delay === undefined) {
      const { parksLater } = this.#policy;
      for (const one of parksLater ? lane.events.splice(1) : []) {
        this.#letGo(one);
        if (!this.#closed) this.#services.parked(this.#endpoint);
      }
      lane.events.shift();
      this.#lanes.goOn(lane);
      return { outcome: 'parked', firstAt, attempts, later: parksLater };
    }
    lane.events[0] = { ...event, firstAt, attempts };
    this.#lanes.wait(lane, now + delay);
    return { outcome: 'failed', firstAt, attempts, nextAt: Math.max(lane.notBefore, this.#health.holdUntil) };
  }

  #settle(event: PendingEvent, settlement: Settlement, attempt: Attempt): void {
    this.#services.pending.settle(event, settlement, attempt).then(
      () => {
        if (settlement.outcome === 'failed') return;
        this.#letGo(event);
        if (this.#behind) this.#pump();
      },
      // The store is failing, which ends the process; what is on disk is tried again after the restart.
      (error: unknown) => this.#services.failed(error),
    );
  }

  /** Everything that waited for its turn may go on. */
  #release(): void {
    if (this.#behind) this.#setAside();
    this.#lanes.release();
    this.#stalled.release();
  }

  /** Reads on where there is room. */
  #read(): void {
    const { pending, memory } = this.#services;
    if (!this.#behind || this.#reading) return;
    if (this.#held.size > memory / 2) this.#setAside();
    if (this.#held.size > memory / 2) return;
    const { app, id } = this.#endpoint;
    const page = pending.page(app, id, this.#cursor, memory);
    if (!(page instanceof Promise)) {
      this.#takePage(page);
      return;
    }
    this.#reading = true;
    const { begun, epoch } = { begun: this.#cursor, epoch: this.#epoch };
    const read = (): void => {
      this.#reading = false;
      this.#forgetDone();
    };
    page.then(
      (events) => {
        if (epoch !== this.#epoch) return;
        // What came back to the beginning meanwhile begins there.
        if (this.#cursor === begun) this.#takePage(events);
        read();
        this.#pump();
      },
      () => {
        if (epoch !== this.#epoch) return;
        read();
        this.#readLater();
      },
    );
  }

  /** What was done with is remembered as long as something that was written or read before is on its way. */
  #forgetDone(): void {
    if (!this.#isExpecting) this.#doneMeanwhile.clear();
  }

  /** Something that was on disk a moment ago may be on its way here. */
  get #isExpecting(): boolean {
    return this.#reading || this.#loading.size > 0 || this.#services.isWriting();
  }

  #takePage(page: readonly PendingEvent[]): void {
    const { memory } = this.#services;
    for (const event of page) {
      const { callId } = event;
      if (this.#held.has(keyText(event)) || this.#stalled.has(callId)) continue;
      if (this.#doneMeanwhile.has(keyText(event))) continue;
      // What comes of the call may have been read before this was written.
      if (this.#loading.has(callId)) this.#missOf(callId);
      else this.#push(event);
    }
    if (page.length === memory) this.#cursor = page.at(-1);
    else if (this.#missed) {
      this.#missed = false;
      this.#cursor = undefined;
    } else this.#behind = false;
    // Where nothing of a page was news, nobody else would ask for the next.
    if (this.#behind && this.#held.size <= memory / 2) this.#services.soon(() => this.#pump());
  }

  /** The store could not be read: all that waits there is read again in a while. */
  #readLater(): void {
    this.#behind = true;
    this.#missed = true;
    this.#cursor = undefined;
    this.#services.clock.timer(readAgain, () => this.#pump());
  }

  /** Lets lanes that are not due leave memory, where events wait for room. */
  #setAside(): void {
    for (const lane of this.#lanes.waiting) {
      if (this.#stalled.full) return;
      const { callId, events, notBefore } = lane;
      const { startedAt } = events[0] as PendingEvent;
      this.#stalled.add({ callId, startedAt, notBefore });
      this.#lanes.drop(lane);
      this.#noLongerBack(lane);
      for (const event of events) this.#held.delete(keyText(event));
    }
  }

  /** Brings back those whose time has come; one in any case, where there is nothing else to probe with. */
  #takeBack(now: number): void {
    if (this.failing) {
      const idle = this.#lanes.size + this.#loading.size === 0;
      const first = idle && now >= this.#health.holdUntil ? this.#stalled.takeFirst() : undefined;
      if (first !== undefined) this.#load(first, true);
      return;
    }
    const room = this.#services.concurrency - this.#back - this.#loading.size;
    for (const call of this.#stalled.take(now, room)) this.#load(call, true);
  }

  #noLongerBack(lane: Lane): void {
    if (lane.back) this.#back -= 1;
    lane.back = false;
  }

  /** Reads the events of one call; `back`: it was set aside. */
  #load(call: CallPlace, back: boolean): void {
    const { app, id } = this.#endpoint;
    const events = this.#services.pending.ofCall(app, id, call, ofCallAtOnce);
    if (!(events instanceof Promise)) {
      this.#takeCall(call, events, back);
      return;
    }
    this.#loading.set(call.callId, false);
    const epoch = this.#epoch;
    events.then(
      (all) => {
        if (epoch !== this.#epoch) return;
        const again = this.#loading.get(call.callId) === true;
        this.#loading.delete(call.callId);
        this.#takeCall(call, all, back);
        if (again) this.#load(call, back);
        this.#forgetDone();
        this.#pump();
      },
      () => {
        if (epoch !== this.#epoch) return;
        this.#loading.delete(call.callId);
        this.#forgetDone();
        this.#readLater();
      },
    );
  }

  #takeCall({ callId }: CallPlace, events: readonly PendingEvent[], back: boolean): void {
    // It was set aside meanwhile: this comes with the rest of it.
    if (this.#stalled.has(callId)) return;
    for (const event of events) {
      if (!this.#held.has(keyText(event)) && !this.#doneMeanwhile.has(keyText(event))) this.#push(event);
    }
    const lane = this.#lanes.get(callId);
    // One that is being tried is no longer about to be.
    if (back && lane !== undefined && !lane.back && !lane.busy) {
      lane.back = true;
      this.#back += 1;
    }
    if (events.length < ofCallAtOnce) return;
    // The rest of a call this long is found by reading all.
    this.#cursor = undefined;
    this.#behind = true;
    this.#missed = true;
  }
}
