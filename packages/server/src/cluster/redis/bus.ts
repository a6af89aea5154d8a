import type { Audience, Call } from 'ringback-engine';
import type { NodeId, SdkAppId, UserId } from 'ringback-protocol';
import type { Bus, BusListener, CallMark } from '../../ports/bus.ts';
import { LocalBus } from '../local/bus.ts';
import { Channels } from './channels.ts';
import type { RedisConnection } from './connection.ts';
import { type Message, messageOf } from './message.ts';
import type { Seals } from './seals.ts';

/** ms between two beats, between those until the first is heard, and how long one counts. */
const pace = 1000;
const soon = 100;
const patience = 2500;

/** ms without a beat after which connections that look alive are made anew. */
const deaf = 6000;

/** Members of a call that is sent along with its notices, and characters of its text. Of more, the receiver asks. */
const mostMembers = 12;
const mostOfCall = 4096;

/** Where a process says who it is when what it published may have been lost: nobody else knows of that. */
const doubts = 'ringback:doubts';

/** ms between two times at which the others are told so. */
const doubtPace = 5000;

const channelOf = (app: SdkAppId, userId: UserId): string => `ringback:user:${app}:${userId}`;

/**
 * The bus of several nodes. What is for devices of this node is there at once; for the others each user has a channel, which
 * the nodes where the user is signed in have joined.
 */
export class RedisBus implements Bus {
  readonly #connection: RedisConnection;
  readonly #process: NodeId;
  /** How everything begins that this process sends: what comes back need not be read. */
  readonly #own: string;
  readonly #seals: Seals | undefined;
  readonly #local = new LocalBus();
  /** Calls as they are sent along: a step has several notices. */
  readonly #sealed = new WeakMap<Call, string>();
  readonly #channels: Channels;
  /** The channel of the beats: another one after each break. */
  #pulse = '';
  #breaks = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #listener: BusListener | undefined;
  /** ms of a clock that nobody sets: when this process heard itself last. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #renewedAt = performance.now();
  /** Something that was published came to nothing, and the others do not know yet. */
  #lost = false;
  /** When they were told last, of the same clock. */
  #doubtedAt = Number.NEGATIVE_INFINITY;

  /** `process` is another one in each process, and after each restart. Without `seals` no calls are sent along, or taken. */
  constructor(options: { readonly connection: RedisConnection; readonly process: NodeId; readonly seals?: Seals }) {
    this.#connection = options.connection;
    this.#process = options.process;
    this.#seals = options.seals;
    this.#own = `{"from":${JSON.stringify(options.process)},`;
    this.#channels = new Channels(options.connection);
    options.connection.onMessage((channel, text) => {
      if (channel === this.#pulse) void this.#beaten();
      else if (channel !== doubts) this.#heard(text);
      else if (text !== this.#process) this.#listener?.doubted?.();
    });
    void this.#channels.join(doubts);
    options.connection.onUp(() => this.#joinPulse());
    options.connection.onDown(() => {
      // Nothing has been heard since the last break: it is in doubt already.
      if (this.#heardAt === Number.NEGATIVE_INFINITY) return;
      this.#heardAt = Number.NEGATIVE_INFINITY;
      this.#listener?.doubted?.();
    });
    this.#nextBeat();
  }

  /** It hears itself by way of Redis: a connection that is silent looks alive for minutes. */
  get isUp(): boolean {
    return this.#connection.isUp && performance.now() - this.#heardAt < patience;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  publish(app: SdkAppId, to: readonly Audience[], frame: string, mark?: CallMark): void {
    this.#local.publish(app, to, frame, mark);
    const byUser = new Map<UserId, Audience[]>();
    for (const one of to) {
      const known = byUser.get(one.userId);
      if (known === undefined) byUser.set(one.userId, [one]);
      else known.push(one);
    }
    const from = this.#process;
    const { call, ...bare } = mark ?? {};
    const sealed = call === undefined ? '' : this.#seal(call);
    const about = { ...(mark && { mark: bare as CallMark }), ...(sealed !== '' && { call: sealed }) };
    // Nobody waits: notices are hints.
    for (const [userId, audiences] of byUser) void this.#send(userId, { from, app, to: audiences, frame, ...about });
  }

  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string, until?: number): void {
    this.#local.disconnect(app, to, closeCode, frame, until);
    void this.#send(to.userId, {
      from: this.#process,
      app,
      to: [to],
      close: closeCode,
      ...(frame !== undefined && { frame }),
      ...(until !== undefined && { until }),
    });
  }

  follow(app: SdkAppId, userId: UserId): Promise<void> {
    return this.#channels.join(channelOf(app, userId));
  }

  leave(app: SdkAppId, userId: UserId): void {
    this.#channels.leave(channelOf(app, userId));
  }

  onDeliver(listener: BusListener): void {
    this.#listener = listener;
    this.#local.onDeliver(listener);
  }

  /** Empty for what is not sent along. */
  #seal(call: Call): string {
    if (call.members.length > mostMembers) return '';
    const known = this.#sealed.get(call);
    if (known !== undefined) return known;
    const text = JSON.stringify(call);
    const sealed = (text.length <= mostOfCall && this.#seals?.seal(text)) || '';
    this.#sealed.set(call, sealed);
    return sealed;
  }

  /** What a call is counts only as it was sealed: of the mark, no more than its own fields. */
  #markOf({ callId, version, eventSeq, over }: CallMark, { from, call }: Message): CallMark {
    const text = call === undefined ? undefined : this.#seals?.open(from, call);
    return { callId, version, eventSeq, over, ...(text !== undefined && { call: JSON.parse(text) as Call }) };
  }

  async #send(userId: UserId, message: Message): Promise<void> {
    const channel = channelOf(message.app, userId);
    const sent = await this.#connection.ask((redis) => redis.publish(channel, JSON.stringify(message)));
    if (sent === undefined) this.#lost = true;
  }

  #heard(text: string): void {
    const listener = this.#listener;
    if (listener === undefined || text.startsWith(this.#own)) return;
    const message = messageOf(text);
    if (message === undefined) return;
    const { app, to, frame, close, until } = message;
    const mark = message.mark && this.#markOf(message.mark, message);
    for (const one of to) {
      if (close !== undefined) listener.disconnect(app, one, close, frame, until);
      else if (frame !== undefined) listener.deliver(app, one, frame, mark);
    }
  }

  /** Behind all channels that were joined before the break: who hears a beat there hears them all again. */
  #joinPulse(): void {
    if (this.#pulse !== '') this.#channels.leave(this.#pulse);
    this.#breaks += 1;
    this.#pulse = `ringback:pulse:${this.#process}:${this.#breaks}`;
    void this.#channels.join(this.#pulse);
    this.#renewedAt = performance.now();
    this.#nextBeat();
  }

  #nextBeat(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#beat();
        this.#nextBeat();
      },
      this.#connection.isUp && !this.isUp ? soon : pace,
    ).unref();
  }

  /** The way is open: whoever may have missed what was lost is told so. */
  async #beaten(): Promise<void> {
    this.#heardAt = performance.now();
    // Others look for a while each time, which costs most where Redis is slow because much goes on.
    if (!this.#lost || this.#heardAt - this.#doubtedAt < doubtPace) return;
    this.#lost = false;
    this.#doubtedAt = this.#heardAt;
    const sent = await this.#connection.ask((redis) => redis.publish(doubts, this.#process));
    if (sent === undefined) this.#lost = true;
  }

  #beat(): void {
    const now = performance.now();
    const silence = now - Math.max(this.#heardAt, this.#renewedAt);
    if (silence > deaf && this.#connection.isUp) {
      this.#renewedAt = now;
      this.#connection.renew();
    } else void this.#connection.ask((redis) => redis.publish(this.#pulse, ''));
  }
}
