import { LRUCache } from 'lru-cache';
import { type Call, memberOf } from 'ringback-engine';
import { type DeviceMessage, type NodeId, Refusal } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { Mail } from '../ports/mail.ts';
import type { CallStore } from '../ports/store.ts';
import { type MediaLetter, type ReplyLetter, refusedLetter, type SayLetter } from './letters.ts';
import type { MediaPlane } from './plane.ts';

/** Letters that wait for the store at most; more are refused. */
const mostWaiting = 5000;

/** Calls of which it is remembered that somebody said they were over. */
const mostOver = 10_000;

export interface DeskOptions {
  readonly plane: MediaPlane;
  readonly mail: Mail;
  readonly store: Pick<CallStore, 'read' | 'known'>;
  /** Whether this node looks after the media of a call. */
  readonly isOwn: (call: Call) => boolean;
  /** Checks the form of what a device sent; throws a `Refusal`. */
  readonly dataOf: (data: unknown) => DeviceMessage;
  readonly failed: (error: unknown) => void;
}

/**
 * Takes what other nodes pass on for the calls that are looked after here. The node where a device is signed in has checked
 * it; here it is checked again, since whoever reaches the way between nodes can write letters.
 */
export class Desk {
  readonly #options: DeskOptions;
  /** The letters of a call go one after the other while one of them waits for the store. */
  readonly #queues = new ChurnMap<string, Promise<void>>();
  #waiting = 0;
  /** A letter of before may come after it: of these the store is asked. */
  readonly #over = new LRUCache<string, true>({ max: mostOver });

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  say(letter: SayLetter): void {
    const { plane, isOwn } = this.#options;
    const { app, callId, from, id } = letter;
    const key = `${app}/${callId}`;
    const call = this.#queues.has(key) ? undefined : plane.of(app, callId)?.call;
    if (call !== undefined && isOwn(call) && problemOf(call, letter) === undefined) {
      this.#hand(call, letter);
      return;
    }
    if (this.#waiting >= mostWaiting) this.#reply(from, refusedLetter(id, new Refusal('overloaded')));
    else this.#queue(key, () => this.#lookUp(letter));
  }

  /** A call has changed elsewhere. */
  changed({ app, callId, version, over }: MediaLetter & { readonly kind: 'changed' }): void {
    const { plane, store } = this.#options;
    const key = `${app}/${callId}`;
    if (over) {
      this.#over.set(key, true);
      plane.over(app, callId);
    } else if ((plane.of(app, callId)?.call.version ?? 0) < version && this.#waiting < mostWaiting) {
      this.#queue(key, async () => {
        // The notice of the change, which came just before, may have said what the call is.
        const call = this.#over.has(key) ? undefined : store.known(app, callId, version);
        if (call === undefined) await this.refresh({ app, callId });
        else this.#follow(call);
      });
    }
  }

  /** Brings the media of a call up to what the store says. Rejects when that is out of reach. */
  async refresh({ app, callId }: Pick<Call, 'app' | 'callId'>): Promise<void> {
    const { plane, store } = this.#options;
    const call = await store.read(app, callId);
    if (call === undefined) plane.over(app, callId);
    else this.#follow(call);
  }

  #follow(call: Call): void {
    const { plane, isOwn } = this.#options;
    if (isOwn(call)) plane.takeUp(call).follow(call);
  }

  #queue(key: string, work: () => Promise<void>): void {
    this.#waiting += 1;
    const all = (this.#queues.get(key) ?? Promise.resolve()).then(work).catch(this.#options.failed);
    const last = all.then(() => {
      this.#waiting -= 1;
      if (this.#queues.get(key) === last) this.#queues.delete(key);
    });
    this.#queues.set(key, last);
  }

  async #lookUp(letter: SayLetter): Promise<void> {
    const { plane, store, isOwn } = this.#options;
    const { app, callId, from, id } = letter;
    let call: Call | undefined;
    try {
      call = await store.read(app, callId);
    } catch {
      this.#reply(from, refusedLetter(id, new Refusal('media_unreachable')));
      return;
    }
    if (call === undefined) {
      plane.over(app, callId);
      this.#reply(from, refusedLetter(id, new Refusal('call_ended')));
      return;
    }
    if (!isOwn(call)) {
      this.#reply(from, { kind: 'elsewhere', id });
      return;
    }
    const problem = problemOf(call, letter);
    if (problem !== undefined) {
      this.#reply(from, refusedLetter(id, new Refusal(problem)));
      return;
    }
    plane.takeUp(call).follow(call);
    this.#hand(call, letter);
  }

  #hand(call: Call, { app, callId, userId, from, id, data }: SayLetter): void {
    const { plane, dataOf, failed } = this.#options;
    const member = memberOf(call, userId);
    try {
      if (member === undefined) throw new Refusal('not_in_call');
      plane.receive(call, member, dataOf(data), () => {
        const standing = plane.of(app, callId)?.standingOf(userId) ?? { epoch: 0, mode: '' };
        this.#reply(from, { kind: 'taken', id, standing });
      });
    } catch (error) {
      if (!(error instanceof Refusal)) failed(error);
      this.#reply(from, refusedLetter(id, error instanceof Refusal ? error : new Refusal('internal')));
    }
  }

  #reply(to: NodeId, letter: ReplyLetter): void {
    this.#options.mail.send(to, 'media', JSON.stringify(letter));
  }
}

/** Why a device may not speak in a call. */
function problemOf(call: Call, { userId, device }: SayLetter): 'not_in_call' | 'answered_elsewhere' | undefined {
  const member = memberOf(call, userId);
  if (member?.status !== 'Calling') return 'not_in_call';
  return member.device === device ? undefined : 'answered_elsewhere';
}
