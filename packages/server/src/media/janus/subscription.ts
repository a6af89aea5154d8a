import type { Clock } from '../../ports/clock.ts';
import type { MediaFeed } from '../../ports/media.ts';
import type { JanusHandle } from './node.ts';
import { type JanusMessage, type OfferedStream, streamsOf } from './wire.ts';

/** Layers of a picture by their numbers in VideoRoom, where devices send two. */
const substreams = { high: 1, low: 0 } as const;

/** ms, and how often: a change of layer needs a key frame, and browsers ignore what asks for two in quick succession. */
const layerPatience = 1000;
const layerTries = 5;

/** ms: the first pause before a change is tried again that Janus refused, which doubles, and the longest. */
const firstPause = 500;
const longestPause = 8000;

export interface SubscriptionOptions {
  readonly room: string;
  readonly clock: Clock;
  readonly token: string;
  readonly attach: (listener: (message: JanusMessage) => void) => Promise<JanusHandle>;
  readonly listener: (message: JanusMessage) => void;
  /** Whose a feed is; undefined of one who has left. */
  readonly userOf: (feed: string) => MediaFeed['userId'] | undefined;
  readonly offer: (n: number, sdp: string, feeds: readonly MediaFeed[]) => void;
  readonly trouble: (error: unknown) => void;
}

/**
 * What one member receives: all feeds on one connection. Changes gather while an offer waits for its answer, since Janus
 * takes no other one meanwhile.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  #handle: JanusHandle | undefined;
  /** What is wanted, and what Janus was asked for. */
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  #streams: readonly OfferedStream[] = [];
  readonly #layers = new Map<string, 'high' | 'low' | 'off'>();
  /** By section: the layer that Janus says it shows. */
  readonly #shown = new Map<string, number>();
  #cancelLook = (): void => {};
  #cancelRetry = (): void => {};
  #pause = firstPause;
  #waits = false;
  /** An answer to an offer that came late, while Janus was asked once more. */
  #early: { readonly n: number; readonly sdp: string } | undefined;
  #busy = false;
  /** The number of the offer that waits for its answer; 0 when none does. */
  #open = 0;
  #offered: { readonly sdp: string; readonly feeds: readonly MediaFeed[] } | undefined;
  #count = 0;
  #over = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  add(feeds: readonly string[]): void {
    for (const feed of feeds) this.#wanted.add(feed);
    this.#work();
  }

  remove(feed: string): void {
    this.#wanted.delete(feed);
    this.#layers.delete(feed);
    this.#work();
  }

  /** The device has answered the offer `n`; one that is not open is of no interest. */
  answer(n: number, sdp: string): void {
    const handle = this.#handle;
    if (handle === undefined || n !== this.#open) return;
    if (this.#busy) {
      this.#early = { n, sdp };
      return;
    }
    // Whatever Janus says to it, nothing else comes for this offer.
    this.#open = 0;
    this.#run(async () => {
      await handle.ask({ request: 'start' }, { type: 'answer', sdp });
      await this.#configure([...this.#layers.keys()]);
    });
  }

  /** Says the offer that waits once more: it, or its answer, may have been lost on the way. */
  again(): void {
    const { sdp, feeds } = this.#offered ?? {};
    if (this.#open !== 0 && sdp !== undefined && feeds !== undefined) this.#options.offer(this.#open, sdp, feeds);
  }

  trickle(candidate: object): void {
    this.#handle?.trickle(candidate);
  }

  /** Which layer of a feed is shown. */
  want(feed: string, layer: 'high' | 'low' | 'off'): void {
    if (!this.#wanted.has(feed) || (this.#layers.get(feed) ?? 'high') === layer) return;
    this.#layers.set(feed, layer);
    this.#configure([feed]).catch(this.#options.trouble);
    this.#lookLater(layerTries);
  }

  /** Janus shows that layer from now on. */
  shows(mid: string, substream: number): void {
    this.#shown.set(mid, substream);
  }

  /** Janus offers what it was asked for when nobody waited any longer; what it offers need not be asked for again. */
  late(message: JanusMessage): void {
    if (this.#handle?.id !== message.sender) return;
    this.#offer(message);
    this.#asked.clear();
    for (const { feed } of this.#streams) this.#asked.add(feed);
  }

  close(): void {
    this.#over = true;
    this.#cancelLook();
    this.#cancelRetry();
    this.#handle?.detach();
    this.#handle = undefined;
  }

  /** Asks for what is wanted and not asked for yet, unless something is under way. */
  #work(): void {
    if (this.#busy || this.#waits || this.#open !== 0 || this.#over) return;
    const more = [...this.#wanted].filter((feed) => !this.#asked.has(feed));
    const less = [...this.#asked].filter((feed) => !this.#wanted.has(feed));
    if (more.length === 0 && less.length === 0) return;
    this.#run(() => this.#change(more, less));
  }

  #run(act: () => Promise<void>): void {
    this.#busy = true;
    act()
      .catch((error: unknown) => {
        if (!this.#over) this.#options.trouble(error);
      })
      .finally(() => {
        this.#busy = false;
        const early = this.#early;
        this.#early = undefined;
        if (early !== undefined) this.answer(early.n, early.sdp);
        this.#work();
      });
  }

  /** What fails is asked for again later: a feed may have gone meanwhile, and Janus may have had too much to do. */
  async #change(more: readonly string[], less: readonly string[]): Promise<void> {
    for (const feed of more) this.#asked.add(feed);
    for (const feed of less) this.#asked.delete(feed);
    try {
      const answer = await (this.#handle === undefined ? this.#join(more) : this.#update(this.#handle, more, less));
      this.#pause = firstPause;
      if (answer !== undefined) this.#offer(answer);
    } catch (error) {
      for (const feed of more) this.#asked.delete(feed);
      for (const feed of less) this.#asked.add(feed);
      this.#retryLater();
      throw error;
    }
  }

  /** The first feeds, on a handle of their own, which is kept when Janus has taken it in. */
  async #join(feeds: readonly string[]): Promise<JanusMessage | undefined> {
    const { room, token, attach, listener } = this.#options;
    const handle = await attach(listener);
    if (this.#over) {
      handle.detach();
      return undefined;
    }
    const streams = feeds.map((feed) => ({ feed }));
    try {
      const answer = await handle.ask({ request: 'join', ptype: 'subscriber', room, token, streams, use_msid: true });
      if (this.#over) handle.detach();
      else this.#handle = handle;
      return answer;
    } catch (error) {
      handle.detach();
      throw error;
    }
  }

  #update(handle: JanusHandle, more: readonly string[], less: readonly string[]): Promise<JanusMessage> {
    return handle.ask({
      request: 'update',
      ...(more.length === 0 ? {} : { subscribe: more.map((feed) => ({ feed })) }),
      ...(less.length === 0 ? {} : { unsubscribe: less.map((feed) => ({ feed })) }),
    });
  }

  #retryLater(): void {
    if (this.#over) return;
    this.#waits = true;
    this.#cancelRetry = this.#options.clock.timer(this.#pause, () => {
      this.#waits = false;
      this.#work();
    });
    this.#pause = Math.min(longestPause, this.#pause * 2);
  }

  /** Janus offers, unless nothing has changed for this member. */
  #offer({ data, jsep }: JanusMessage): void {
    if (jsep?.type !== 'offer' || this.#over) return;
    this.#streams = streamsOf(data);
    const feeds: MediaFeed[] = [];
    for (const { mid, feed, kind } of this.#streams) {
      const userId = this.#options.userOf(feed);
      if (userId !== undefined) feeds.push({ mid, userId, kind });
    }
    this.#count += 1;
    this.#open = this.#count;
    this.#offered = { sdp: jsep.sdp, feeds };
    this.again();
  }

  /** Asks again for layers that do not come. */
  #lookLater(tries: number): void {
    this.#cancelLook();
    this.#cancelLook = this.#options.clock.timer(layerPatience, () => {
      const late = this.#streams
        .filter(({ mid, feed, kind }) => {
          const layer = this.#layers.get(feed) ?? 'off';
          return kind === 'video' && layer !== 'off' && this.#shown.get(mid) !== substreams[layer];
        })
        .map(({ feed }) => feed);
      if (late.length === 0) return;
      this.#configure(late).catch(this.#options.trouble);
      if (tries > 1) this.#lookLater(tries - 1);
    });
  }

  async #configure(feeds: readonly string[]): Promise<void> {
    const streams = this.#streams
      .filter(({ feed, kind }) => kind === 'video' && feeds.includes(feed))
      .map(({ mid, feed }) => {
        const layer = this.#layers.get(feed) ?? 'high';
        return layer === 'off' ? { mid, send: false } : { mid, send: true, substream: substreams[layer] };
      });
    if (streams.length > 0) await this.#handle?.ask({ request: 'configure', streams });
  }
}
