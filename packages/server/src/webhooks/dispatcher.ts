import { setTimeout as sleep } from 'node:timers/promises';
import type { SdkAppId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import type { LanePlace, LaneShare } from '../ports/lane-claims.ts';
import type { EventfulStep, Outbox, Outgoing, PendingEvent, PendingEvents } from '../ports/outbox.ts';
import type { Attempt } from './attempt.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import { formats } from './formats.ts';
import { LaneKeeper, type LaneWork, type SharedLanes } from './lane-keeper.ts';
import { Listeners } from './listeners.ts';
import type { QueueServices } from './queue-services.ts';
import type { Sender } from './sender.ts';
import { signedHeaders, tokenSign, webhookId } from './sign.ts';
import { type DeliveryTarget, targetOf } from './url.ts';

/** Is told how deliveries go. */
export interface WebhookObserver {
  /** This many events more wait, or less. */
  waiting(change: number): void;
  /** One attempt is over: what it took, and the time since the event, in s; without that where it may be told again. */
  attempted(outcome: 'delivered' | 'failed' | 'parked', seconds: number, lag: number | undefined): void;
  /** An event was given up, after its attempts or with an earlier one of its call. */
  givenUp(): void;
}

export interface DispatcherOptions {
  readonly endpoints: Endpoints;
  readonly pending: PendingEvents;
  readonly clock: Clock;
  readonly sender: Pick<Sender, 'send' | 'close'>;
  readonly observer: WebhookObserver;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Attempts at once to one endpoint. */
  readonly concurrency?: number;
  /** Events of one endpoint in memory. */
  readonly memory?: number;
  readonly random?: () => number;
  /** Runs something in a later turn of the event loop. */
  readonly soon?: (work: () => void) => void;
  /** ms, of real time. */
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Where several nodes share the store; absent where this is the only one. */
  readonly shared?: SharedLanes;
}

/** What is sent in one attempt. */
interface Parcel {
  readonly id: string;
  readonly command: string;
  readonly body: string;
  readonly clientIp: string;
  readonly platform: string;
}

const parcelOf = (event: PendingEvent): Parcel => ({
  id: webhookId(event),
  command: event.command,
  body: event.body,
  clientIp: event.clientIp,
  platform: event.platform,
});

const none: readonly Outgoing[] = [];

/** ms between two readings of an endpoint of which less is in memory than waits. */
const shortPace = 60_000;

/** Events that are taken up in one turn of the event loop. */
const freshAtOnce = 4;

/** Turns in which what was written is taken up, between two steps of a take-over. */
const freshTurns = 40;

/** ms that a stop leaves to what is under way before the rest goes to other nodes. */
const handOverAfter = 300;

const queueKey = (app: SdkAppId, id: string): string => `${app}/${id}`;

/** The events of a step on their way, one for each endpoint. */
export function pendingOf({ call, origin }: EventfulStep, outgoing: readonly Outgoing[]): readonly PendingEvent[] {
  const { app, callId, startedAt } = call;
  const { clientIp, platform } = origin;
  const pending: PendingEvent[] = [];
  for (const { eventSeq, format, part, eventTime, command, body, endpoints } of outgoing) {
    for (const endpoint of endpoints) {
      pending.push({
        app,
        endpoint,
        startedAt,
        callId,
        eventSeq,
        format,
        part,
        eventTime,
        command,
        body,
        clientIp,
        platform,
        firstAt: 0,
        attempts: 0,
      });
    }
  }
  return pending;
}

/**
 * Takes the events of calls to the endpoints of their applications. One dead receiver slows nobody else. Where several nodes
 * share the store, each delivers what is in lanes of its own.
 */
export class Dispatcher implements Outbox {
  /** Who looks on while events happen. */
  readonly listeners = new Listeners();
  readonly #options: DispatcherOptions;
  readonly #queues = new Map<string, EndpointQueue>();
  /** Endpoints are values: another URL is another object. */
  readonly #targets = new WeakMap<Endpoint, DeliveryTarget>();
  readonly #services: QueueServices;
  /** Events that wait, by endpoint. */
  readonly #waiting = new Map<string, number>();
  /** ms, by endpoint: what happened by then may be told again, or be a sample, so its age says nothing of the endpoint. */
  readonly #replayed = new Map<string, number>();
  readonly #fresh: PendingEvent[] = [];
  readonly #soon: (work: () => void) => void;
  #enqueuing = false;
  /** Endpoints of which less was in memory than waited, at the last count: when they may be read for it, ms. */
  #short: ReadonlyMap<string, number> = new Map();
  readonly #keeper: LaneKeeper | undefined;
  #closed = false;

  constructor(options: DispatcherOptions) {
    const { pending, clock, observer, log, endpoints, shared } = options;
    this.#options = options;
    this.#soon = options.soon ?? setImmediate;
    this.#keeper = shared && new LaneKeeper({ shared, clock, log, work: this.#laneWork() });
    this.#services = {
      mayAct: () => this.#keeper?.mayAct ?? true,
      isWriting: () => this.#keeper !== undefined && this.#fresh.length > 0,
      pending,
      clock,
      send: (endpoint, event) => this.#send(endpoint, parcelOf(event)),
      gone: (endpoint) => this.#gone(endpoint),
      attempted: (endpoint, event, attempt, { outcome }, closed) => {
        const old = event.eventTime <= (this.#replayed.get(queueKey(endpoint.app, endpoint.id)) ?? 0);
        observer.attempted(outcome, attempt.took / 1000, old ? undefined : (clock.now() - event.eventTime) / 1000);
        if (outcome === 'parked') observer.givenUp();
        // Another queue of the same name may be counted by now.
        if (outcome !== 'failed' && !closed) this.#count(endpoint, -1);
        if (outcome !== 'delivered') this.#report(endpoint, event, attempt, outcome);
      },
      parked: (endpoint) => {
        observer.givenUp();
        this.#count(endpoint, -1);
      },
      failed: (err) => log.error({ err }, 'settle webhook'),
      random: options.random ?? Math.random,
      soon: this.#soon,
      concurrency: options.concurrency ?? 64,
      memory: options.memory ?? 2000,
    };
    endpoints.onChange((app, id, endpoint) => this.#changed(app, id, endpoint));
  }

  /**
   * Takes up what the last process left, or others that are no more. To be called before any call goes on: what comes next
   * of a call must find what waits of it.
   */
  async open(): Promise<void> {
    if (this.#keeper !== undefined) return this.#keeper.open();
    for (const { app, endpoint: id, waiting } of await this.#options.pending.counts()) {
      const endpoint = this.#options.endpoints.get(app, id);
      if (endpoint === undefined || endpoint.url === '' || waiting === 0) continue;
      this.#count(endpoint, waiting);
      this.#queueOf(endpoint).catchUp();
    }
  }

  /** Starts nothing any more; resolves when attempts under way are over. What waits stays on disk. */
  async close(): Promise<void> {
    this.#closed = true;
    this.listeners.close();
    const queues = [...this.#queues.values()];
    const over = Promise.all(queues.map((queue) => queue.close()));
    if (this.#keeper !== undefined) {
      // What was delivered just now is not to be delivered again by others.
      const { pending, sleep: pause = sleep } = this.#options;
      await Promise.race([over, pause(handOverAfter)]);
      await Promise.race([pending.flush(), pause(handOverAfter)]);
      await this.#keeper.close(queues.flatMap((queue) => queue.underWay));
    }
    await over;
    await this.#options.sender.close();
  }

  outgoing(step: EventfulStep): readonly Outgoing[] {
    const all = this.#options.endpoints.of(step.call.app);
    if (all.length === 0) return none;
    const outgoing: Outgoing[] = [];
    for (const format of ['v4', 'v1'] as const) {
      const asking = all.filter((endpoint) => endpoint.format === format && endpoint.commands.length > 0);
      if (asking.length === 0) continue;
      for (const { eventSeq, part, eventTime, command, body } of formats[format].tell(step)) {
        const endpoints = asking.filter(({ commands }) => commands.includes(command)).map(({ id }) => id);
        if (endpoints.length === 0) continue;
        outgoing.push({ eventSeq, format, part, eventTime, command, body: JSON.stringify(body), endpoints });
      }
    }
    return outgoing;
  }

  committed(step: EventfulStep, outgoing: readonly Outgoing[]): void {
    this.listeners.hear(step);
    const events = pendingOf(step, outgoing);
    const placed = this.#keeper?.place(outgoing);
    if (placed === undefined || placed.read.size + placed.passed.size === 0) this.written(events);
    else {
      this.written(events.filter(({ endpoint }) => !placed.read.has(endpoint) && !placed.passed.has(endpoint)));
      for (const event of events) if (placed.read.has(event.endpoint)) this.#readLane(event);
    }
  }

  /** As `committed`, of the step of a sample call, which was never now. */
  triggered(step: EventfulStep, outgoing: readonly Outgoing[]): void {
    const now = this.#options.clock.now();
    for (const { endpoints } of outgoing) {
      for (const id of endpoints) this.#replayed.set(queueKey(step.call.app, id), now);
    }
    this.committed(step, outgoing);
  }

  /** Events that wait on disk since just now. They go out once devices have been told: people wait for those. */
  written(events: readonly PendingEvent[]): void {
    if (this.#closed || events.length === 0) return;
    for (const event of events) this.#fresh.push(event);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#enqueuing || this.#fresh.length === 0 || this.#keeper?.isClaiming === true) return;
    this.#enqueuing = true;
    this.#soon(() => this.#enqueue());
  }

  /** A few in a turn of the event loop, so that what devices say meanwhile is heard in between. */
  #enqueue(): void {
    this.#enqueuing = false;
    if (this.#keeper?.isClaiming === true) return;
    // However many come, they do not pile up here.
    const events = this.#fresh.splice(0, Math.max(freshAtOnce, this.#fresh.length >> 3));
    if (this.#closed) return;
    for (const event of events) {
      const endpoint = this.#options.endpoints.get(event.app, event.endpoint);
      if (endpoint === undefined || endpoint.url === '') continue;
      this.#count(endpoint, 1);
      this.#queueOf(endpoint).add([event]);
    }
    this.#goOn();
  }

  /** Resolves when what was written so far has been taken up, or most of very much. */
  async #takeUpFresh(): Promise<void> {
    for (let turns = 0; turns < freshTurns && this.#fresh.length > 0; turns += 1) {
      await new Promise<void>((resolve) => this.#soon(resolve));
    }
  }

  /** Whether nobody else delivers. */
  get isAlone(): boolean {
    return this.#keeper === undefined;
  }

  /** Attempts under way, and events that are about to be tried. */
  get underWay(): number {
    let count = this.#fresh.length;
    for (const queue of this.#queues.values()) count += queue.attempting;
    return count;
  }

  /** How many events wait at an endpoint, for this node to deliver. */
  waiting(app: SdkAppId, id: string): number {
    return this.#waiting.get(queueKey(app, id)) ?? 0;
  }

  /** What becomes of events for this endpoint at present. */
  stateOf({ app, id, state }: Endpoint): Endpoint['state'] | 'failing' {
    return state === 'active' && this.#queues.get(queueKey(app, id))?.failing === true ? 'failing' : state;
  }

  /** s that an event has waited; one that may be told again, since the last replay. */
  ageOf({ app, endpoint, eventTime }: PendingEvent): number {
    const since = Math.max(eventTime, this.#replayed.get(queueKey(app, endpoint)) ?? 0);
    return Math.max(0, this.#options.clock.now() - since) / 1000;
  }

  /** Whether an endpoint has failed so often that one attempt at a time asks for it. */
  failing(app: SdkAppId, id: string): boolean {
    return this.#queues.get(queueKey(app, id))?.failing ?? false;
  }

  /** Events of this endpoint have been made to wait again, `fresh` of which did not wait before. */
  catchUp({ app, id }: Pick<Endpoint, 'app' | 'id'>, fresh: number): void {
    // It may have been changed or removed since they were looked for.
    const endpoint = this.#options.endpoints.get(app, id);
    if (this.#closed || endpoint === undefined || endpoint.url === '') return;
    this.#replayed.set(queueKey(endpoint.app, endpoint.id), this.#options.clock.now());
    this.#count(endpoint, fresh);
    this.#queueOf(endpoint).catchUp();
  }

  #laneWork(): LaneWork {
    const read = (app: SdkAppId, id: string): void => {
      const endpoint = this.#options.endpoints.get(app, id);
      if (endpoint !== undefined && endpoint.url !== '') this.#queueOf(endpoint).catchUp();
    };
    return {
      read,
      readLane: (lane) => this.#readLane(lane),
      readAll: () => {
        for (const queue of this.#queues.values()) queue.catchUp();
      },
      startAnew: () => {
        const fresh = this.#fresh.splice(0);
        for (const queue of this.#queues.values()) queue.startAnew();
        // These are on disk, too, and may have been taken over with what comes before them.
        for (const event of fresh) this.#readLane(event);
      },
      takeUpFresh: () => this.#takeUpFresh(),
      goOn: () => this.#goOn(),
      counted: (shares) => this.#counted(shares, read),
    };
  }

  #readLane(lane: LanePlace): void {
    const endpoint = this.#options.endpoints.get(lane.app, lane.endpoint);
    if (endpoint !== undefined && endpoint.url !== '') this.#queueOf(endpoint).read(lane);
  }

  /**
   * What waits in lanes of this node, counted. An endpoint is read of which nothing is in memory; and now and then one of
   * which twice there was less than waits: something that another node had to deliver first may be free to go now, of which
   * nobody tells.
   */
  #counted(shares: readonly LaneShare[], read: LaneWork['read']): readonly LaneShare[] {
    const { endpoints, observer } = this.#options;
    const now = new Map<string, number>();
    const absent: LaneShare[] = [];
    const short = new Map<string, number>();
    const at = this.#options.clock.now();
    for (const share of shares) {
      const { app, endpoint: id, events } = share;
      const endpoint = endpoints.get(app, id);
      if (endpoint === undefined || endpoint.url === '') absent.push(share);
      else {
        const key = queueKey(app, id);
        now.set(key, events);
        const queue = this.#queues.get(key);
        const from = this.#short.get(key);
        const lacks = queue?.lacks(events) !== false;
        const again = lacks && from !== undefined && at >= from;
        if (queue?.isEmpty !== false || again) read(app, id);
        // It may be the other node's still, or have been counted a moment too early.
        if (again) short.set(key, at + shortPace);
        else if (lacks || (from ?? 0) > at) short.set(key, from ?? at);
      }
    }
    this.#short = short;
    for (const key of this.#queues.keys()) {
      observer.waiting((now.get(key) ?? 0) - (this.#waiting.get(key) ?? 0));
      this.#waiting.set(key, now.get(key) ?? 0);
    }
    return absent;
  }

  /** Sends something that belongs to no call; never rejects. */
  test(endpoint: Endpoint, parcel: Parcel): Promise<Attempt> {
    return this.#send(endpoint, parcel);
  }

  /** Never rejects: what cannot be sent is an attempt that failed. */
  async #send(endpoint: Endpoint, parcel: Parcel): Promise<Attempt> {
    try {
      return await this.#post(endpoint, parcel);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const at = this.#options.clock.now();
      return { at, url: endpoint.url, status: 0, took: 0, error: text, answer: '', retryAfter: undefined };
    }
  }

  async #post(endpoint: Endpoint, parcel: Parcel): Promise<Attempt> {
    const { app, token, secrets } = endpoint;
    const { id, body } = parcel;
    const { clock, sender } = this.#options;
    const format = formats[endpoint.format];
    const { origin, path: base } = this.#targetOf(endpoint);
    const at = clock.now();
    const seconds = Math.floor(at / 1000);
    const path = base + format.query(app, parcel);
    const proof = token === '' ? '' : `&Sign=${tokenSign(token, seconds)}&RequestTime=${seconds}`;
    const headers = signedHeaders(id, seconds, body, secrets);
    const response = await sender.send({ origin, path: path + proof, headers, body });
    const { status, answer, took, retryAfter } = response;
    const error = status === 0 ? response.error : format.complaint(status, response.text);
    return { at, url: endpoint.url, status, took, error, answer, retryAfter };
  }

  #targetOf(endpoint: Endpoint): DeliveryTarget {
    let target = this.#targets.get(endpoint);
    if (target === undefined) {
      target = targetOf(endpoint.url);
      this.#targets.set(endpoint, target);
    }
    return target;
  }

  #report(endpoint: Endpoint, event: PendingEvent, { status, error, took }: Attempt, outcome: string): void {
    const { app, callId, eventSeq, command } = event;
    const fields = { app, endpoint: endpoint.id, callId, eventSeq, command, status, ms: took, error };
    this.#options.log.warn(fields, outcome === 'parked' ? 'webhook parked' : 'webhook failed');
  }

  /** It has answered 410. What was changed about it meanwhile, or is being changed, is not undone by that. */
  #gone(endpoint: Endpoint): void {
    const { endpoints, log } = this.#options;
    const { app, id } = endpoint;
    const gone: Endpoint = { ...endpoint, state: 'gone' };
    endpoints
      .change(app, id, (kept) => (kept === endpoint ? gone : kept))
      .then(
        (kept) => kept === gone && log.warn({ app, endpoint: id }, 'webhook endpoint gone'),
        (err: unknown) => log.error({ err }, 'change endpoint'),
      );
  }

  #changed(app: SdkAppId, id: string, endpoint: Endpoint | undefined): void {
    const key = queueKey(app, id);
    const queue = this.#queues.get(key);
    if (endpoint !== undefined && endpoint.url !== '') queue?.update(endpoint);
    else {
      this.#queues.delete(key);
      void queue?.close();
      // What waited there is dropped.
      this.#options.observer.waiting(-(this.#waiting.get(key) ?? 0));
      this.#waiting.delete(key);
      this.#replayed.delete(key);
    }
  }

  /** More events wait at an endpoint, or less. */
  #count({ app, id }: Endpoint, change: number): void {
    const key = queueKey(app, id);
    // Of an endpoint that was removed, nothing is counted any more.
    if (!this.#queues.has(key) && change < 0) return;
    this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + change);
    this.#options.observer.waiting(change);
  }

  #queueOf(endpoint: Endpoint): EndpointQueue {
    const key = queueKey(endpoint.app, endpoint.id);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new EndpointQueue(endpoint, formats[endpoint.format].policy, this.#services);
      this.#queues.set(key, queue);
      // There may be more of it than whoever asks knows of.
      if (this.#keeper !== undefined) queue.catchUp();
    }
    return queue;
  }
}
