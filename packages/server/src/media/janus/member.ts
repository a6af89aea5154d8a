import { randomBytes } from 'node:crypto';
import type { UserId } from 'ringback-protocol';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceMessage, MediaFeed, RoomEvents } from '../../ports/media.ts';
import type { JanusHandle } from './node.ts';
import { checkCandidate, checkSdp, withoutRtx } from './sdp.ts';
import { Subscription } from './subscription.ts';
import { isDestroyed, isNoRoom, type JanusMessage, layerOf, publishersOf, unpublishedOf } from './wire.ts';

/** Candidates that come before their connection is there; more are not kept. */
const mostEarly = 64;

export interface JanusMemberOptions {
  readonly userId: UserId;
  readonly room: string;
  readonly clock: Clock;
  readonly attach: (listener: (message: JanusMessage) => void) => Promise<JanusHandle>;
  /** Lets a token into the room; resolves when it may join. */
  readonly allow: (token: string) => Promise<unknown>;
  readonly userOf: (feed: string) => MediaFeed['userId'] | undefined;
  readonly feedOf: (userId: UserId) => string | undefined;
  readonly events: Pick<RoomEvents, 'tell' | 'media'>;
  /** The room is no more. */
  readonly destroyed: () => void;
  readonly trouble: (userId: UserId, error: unknown) => void;
}

/** One member of a VideoRoom: a handle that publishes and one that receives. */
export class JanusMember {
  /** The member's name in Janus, which tells nothing of the user, and what the member joins with. */
  readonly feed = randomBytes(8).toString('hex');
  readonly token = randomBytes(16).toString('hex');
  readonly #options: JanusMemberOptions;
  readonly #subscription: Subscription;
  #publisher: JanusHandle | undefined;
  /** What is done with the publisher, one after the other. */
  #chain = Promise.resolve();
  #failed = false;
  #published = false;
  /** What the device offered and Janus was not told yet. */
  #offer: string | undefined;
  /** What was answered, until the connection shows that it has arrived. */
  #answer: string | undefined;
  #early: object[] = [];
  #over = false;

  constructor(options: JanusMemberOptions) {
    this.#options = options;
    const { userId, room, clock, attach, userOf, events } = options;
    this.#subscription = new Subscription({
      room,
      clock,
      token: this.token,
      attach,
      listener: (message) => this.#heard(message, 'down'),
      userOf,
      offer: (n, sdp, feeds) => events.tell(userId, { type: 'offer', n, sdp, feeds }),
      trouble: (error) => this.#trouble(error),
    });
    this.#then(() => this.#join());
  }

  /** It is in already, and enters again. */
  again(): void {
    if (this.#failed) {
      this.#failed = false;
      this.#then(() => this.#join());
      // The device offers once.
      this.#then(() => this.#publish());
    }
    const { userId, events } = this.#options;
    if (this.#answer !== undefined) events.tell(userId, { type: 'answer', sdp: this.#answer });
    this.#subscription.again();
  }

  /** Throws a `Refusal` when the data has not the form of what it should be. */
  receive(data: DeviceMessage): void {
    switch (data.type) {
      case 'offer': {
        this.#offer = withoutRtx(checkSdp(data.sdp, 'offer'));
        this.#then(() => this.#publish());
        return;
      }
      case 'answer':
        this.#subscription.answer(data.n, checkSdp(data.sdp, 'answer'));
        return;
      case 'candidate': {
        const candidate = checkCandidate(data.candidate, data.mid);
        if (data.pc === 'down') this.#subscription.trickle(candidate);
        else if (this.#publisher !== undefined) this.#publisher.trickle(candidate);
        else if (this.#early.length < mostEarly) this.#early.push(candidate);
        return;
      }
      case 'want': {
        const feed = this.#options.feedOf(data.userId);
        if (feed !== undefined) this.#subscription.want(feed, data.layer);
        return;
      }
    }
  }

  close(): void {
    this.#over = true;
    this.#publisher?.detach();
    this.#subscription.close();
  }

  /** On a handle of its own, which is kept when Janus has taken the member in, and else left to nobody. */
  async #join(): Promise<void> {
    const { room, attach, allow, destroyed } = this.#options;
    const { feed: id, token } = this;
    const attached = attach((message) => this.#heard(message, 'up'));
    try {
      const [publisher] = await Promise.all([attached, allow(token)]);
      if (this.#over) return;
      const { data } = await publisher.ask({ request: 'join', ptype: 'publisher', room, id, token });
      if (this.#over) return;
      this.#publisher = publisher;
      for (const candidate of this.#early.splice(0)) publisher.trickle(candidate);
      this.#subscription.add(publishersOf(data));
    } catch (error) {
      this.#failed = true;
      if (isNoRoom(error) && !this.#over) destroyed();
      throw error;
    } finally {
      if (this.#publisher === undefined) {
        attached.then(
          (unused) => unused.detach(),
          () => {},
        );
      }
    }
  }

  /** Tells Janus what the device offered last; once the member is in. */
  async #publish(): Promise<void> {
    const { userId, events } = this.#options;
    const [publisher, sdp] = [this.#publisher, this.#offer];
    if (publisher === undefined || sdp === undefined) return;
    this.#offer = undefined;
    const body = { request: this.#published ? 'configure' : 'publish' };
    const answer = await publisher.ask(body, { type: 'offer', sdp });
    if (answer.jsep === undefined || this.#over) return;
    this.#published = true;
    this.#answer = answer.jsep.sdp;
    events.tell(userId, { type: 'answer', sdp: this.#answer });
  }

  #heard(message: JanusMessage, pc: 'up' | 'down'): void {
    if (this.#over) return;
    const { userId, events, destroyed } = this.#options;
    const { janus, data, candidate } = message;
    if (janus === 'trickle') events.tell(userId, { type: 'candidate', pc, ...candidate });
    else if (janus === 'webrtcup' && pc === 'up') {
      this.#answer = undefined;
      events.media(userId, 'up');
    } else if (janus === 'hangup') events.media(userId, 'gone');
    else if (janus !== 'event') return;
    else if (isDestroyed(data)) destroyed();
    else {
      if (pc === 'down' && message.jsep?.type === 'offer') this.#subscription.late(message);
      const layer = layerOf(data);
      if (layer !== undefined) this.#subscription.shows(layer.mid, layer.substream);
      this.#subscription.add(publishersOf(data));
      const gone = unpublishedOf(data);
      if (gone !== '') this.#subscription.remove(gone);
    }
  }

  #then(act: () => Promise<void>): void {
    this.#chain = this.#chain.then(act).catch((error: unknown) => this.#trouble(error));
  }

  #trouble(error: unknown): void {
    if (!this.#over) this.#options.trouble(this.#options.userId, error);
  }
}
