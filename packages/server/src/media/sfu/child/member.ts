import type { UserId } from 'ringback-protocol';
import type { ProviderMessage } from '../../../ports/media.ts';
import type { DeviceAnswer, DeviceOffer } from '../description.ts';
import type { Layer } from '../messages.ts';
import type { ConnectionKit } from './connection.ts';
import { Down } from './down.ts';
import { HighBudget } from './layers.ts';
import type { Source } from './source.ts';
import { Up } from './up.ts';

/** ms without a packet after which a layer counts as switched off by its sender. */
const silence = 1500;

/** What a member tells its room. */
export interface MemberEvents {
  tell(data: ProviderMessage): void;
  media(state: 'up' | 'gone'): void;
  trouble(text: string): void;
}

/** One member of a room: what it publishes, and what it sees of the others. */
export class Member {
  readonly userId: UserId;
  readonly #kit: ConnectionKit;
  readonly #events: MemberEvents;
  readonly #budget = new HighBudget();
  /** What it wants to see of whom, the last wish last. */
  readonly #wants = new Map<UserId, Layer>();
  #up: Up | undefined;
  #down: Down | undefined;
  #state: 'none' | 'up' | 'gone' = 'none';

  constructor(options: { userId: UserId; kit: ConnectionKit; events: MemberEvents }) {
    this.userId = options.userId;
    this.#kit = options.kit;
    this.#events = options.events;
  }

  /** The kinds of media that it publishes. */
  get kinds(): readonly ('audio' | 'video')[] {
    const roles = this.#up?.sources.map(({ role }) => role) ?? [];
    const video = roles.some((role) => role !== 'audio');
    return [...(roles.includes('audio') ? (['audio'] as const) : []), ...(video ? (['video'] as const) : [])];
  }

  /** Whether one of its connections has come about. */
  get isConnected(): boolean {
    return this.#up?.isConnected === true || this.#down?.isConnected === true;
  }

  /** One of the streams that it publishes. */
  source(role: Source['role']): Source | undefined {
    return this.#up?.sources.find((source) => source.role === role);
  }

  /** Whether its camera is on: pictures come, in one layer at least. */
  isFilmed(now: number): boolean {
    return (['high', 'low'] as const).some(
      (role) => now - (this.source(role)?.lastAt ?? Number.NEGATIVE_INFINITY) < silence,
    );
  }

  /** It is in already, and enters again. */
  again(): void {
    this.#up?.repeat();
    this.#down?.repeat();
  }

  /** Its device offers to publish; a connection that it had is replaced. Gives the sources that are gone. */
  offer(offer: DeviceOffer): readonly Source[] {
    const gone = this.#unpublish();
    try {
      const up = new Up({
        kit: this.#kit,
        name: 'up',
        offer,
        events: {
          answer: (sdp) => this.#events.tell({ type: 'answer', sdp }),
          connected: () => this.#moved('up'),
          over: (why) => this.#over(why),
        },
      });
      this.#up = up;
    } catch (error) {
      this.#events.trouble(`The offer was not taken: ${error instanceof Error ? error.message : String(error)}`);
      this.#moved('gone');
    }
    return gone;
  }

  #unpublish(): readonly Source[] {
    const up = this.#up;
    this.#up = undefined;
    up?.close();
    return up?.sources ?? [];
  }

  /** One of its connections is over. */
  #over(why: string | undefined): void {
    if (why !== undefined) this.#events.trouble(why);
    this.#moved('gone');
  }

  #moved(state: 'up' | 'gone'): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.media(state);
  }

  /** Its device answers the offer of the receiving connection. */
  answer(n: number, answer: DeviceAnswer): void {
    try {
      this.#down?.answer(n, answer);
    } catch (error) {
      this.#events.trouble(`The answer was not taken: ${error instanceof Error ? error.message : String(error)}`);
      this.#down?.close();
      this.#moved('gone');
    }
  }

  /** What it wants to see of another. */
  want(of: UserId, layer: Layer): void {
    this.#wants.delete(of);
    this.#wants.set(of, layer);
  }

  /** Another member publishes these kinds now; none: it is gone. */
  show(userId: UserId, kinds: readonly ('audio' | 'video')[]): void {
    if (kinds.length > 0 && this.#down === undefined) {
      this.#down = new Down({
        kit: this.#kit,
        name: 'down',
        events: {
          offer: (n, sdp, feeds) => this.#events.tell({ type: 'offer', n, sdp, feeds }),
          candidate: (candidate, mid) => this.#events.tell({ type: 'candidate', pc: 'down', candidate, mid }),
          connected: () => {},
          over: (why) => this.#over(why),
        },
      });
    }
    this.#down?.show(userId, kinds);
  }

  /** Another member has left. */
  drop(userId: UserId): void {
    this.#wants.delete(userId);
    this.show(userId, []);
  }

  /** Sources of another member are gone for good. */
  forget(userId: UserId, sources: readonly Source[]): void {
    const feeds = this.#down?.feeds(userId);
    if (feeds === undefined) return;
    for (const source of sources) (source.role === 'audio' ? feeds.audio : feeds.video).forget(source);
  }

  /** Chooses what it gets of each of the others, by its wishes and by what gets through to it. */
  aim(others: readonly Member[], now: number): void {
    const down = this.#down;
    if (down === undefined) return;
    let left = this.#budget.allowed;
    for (const other of this.#byWish(others)) {
      const feeds = down.feeds(other.userId);
      if (feeds === undefined) continue;
      feeds.audio.aim(other.source('audio'), now);
      const layer = this.#wants.get(other.userId) ?? 'high';
      const high = layer === 'high' && left > 0;
      // A camera that is off takes nothing from the others; it is looked at again within a second.
      if (high && other.isFilmed(now)) left -= 1;
      const shown = layer !== 'off' && other.kinds.includes('video');
      feeds.video.aim(shown ? pick(other, high, now) : undefined, now);
    }
  }

  /** Those whose high layer was wished for last come first, then those without a wish in the order of the room. */
  #byWish(others: readonly Member[]): readonly Member[] {
    const wished = [...this.#wants.keys()].reverse();
    const rank = ({ userId }: Member) => (this.#wants.has(userId) ? wished.indexOf(userId) : wished.length);
    return [...others].sort((a, b) => rank(a) - rank(b));
  }

  /** To be called every few ms. */
  tick(now: number): void {
    this.#up?.tick(now);
  }

  /** To be called once a second; gives what came in, what went out and what was missed. */
  second(now: number, others: readonly Member[]): { heard: number; out: number; missed: number } {
    const published = this.#up?.second(now) ?? 0;
    const { heard, sent, lost } = this.#down?.second(now) ?? { heard: 0, sent: 0, lost: 0 };
    const wanted = others.filter((other) => {
      return other.isFilmed(now) && (this.#wants.get(other.userId) ?? 'high') === 'high';
    }).length;
    this.#budget.second({ sent, lost, wanted });
    return { heard: published + heard, out: sent, missed: lost };
  }

  /** Closes its connections; gives the sources that are gone. */
  close(): readonly Source[] {
    this.#down?.close();
    this.#down = undefined;
    return this.#unpublish();
  }
}

/** The layer to show, or the other one while this one is switched off. */
function pick(member: Member, high: boolean, now: number): Source | undefined {
  const layers = [member.source('high'), member.source('low')];
  const [first, second] = high ? layers : layers.reverse();
  if (first === undefined || second === undefined) return first ?? second;
  return now - first.lastAt > silence && now - second.lastAt < silence ? second : first;
}
