import type { NodeId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Mail } from '../ports/mail.ts';
import type { ReplyLetter, SayLetter } from './letters.ts';
import type { Standing } from './member-media.ts';

/** Letters that wait for their reply at most; each device sends one after the other, so that this is never reached by right. */
const mostWaiting = 20_000;

/** What `ask` gives where it is another node that should have been asked, by now. */
export type Moved = { readonly kind: 'moved' };
const moved: Moved = { kind: 'moved' };

interface Waiting {
  readonly isRight: () => boolean;
  readonly taken: (standing: Standing) => void;
  readonly resolve: (reply: ReplyLetter | Moved | undefined) => void;
  readonly cancel: () => void;
}

/** What is said to other nodes, and waits for their reply. */
export class Exchange {
  readonly #self: NodeId;
  readonly #mail: Mail;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(options: { readonly self: NodeId; readonly mail: Mail; readonly clock: Clock }) {
    this.#self = options.self;
    this.#mail = options.mail;
    this.#clock = options.clock;
  }

  /**
   * Resolves with the reply; with undefined when there is none within `ms`, or when too much waits; with `moved` as soon as
   * `look` finds that `to` is not the right one any more. `taken` is called at once when the reply comes, before anything
   * that comes behind it is looked at.
   */
  ask(
    to: NodeId,
    say: Omit<SayLetter, 'kind' | 'id' | 'from'>,
    ms: number,
    isRight: () => boolean,
    taken: (standing: Standing) => void,
  ): Promise<ReplyLetter | Moved | undefined> {
    if (ms <= 0 || !this.#mail.isUp || this.#waiting.size >= mostWaiting) return Promise.resolve(undefined);
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      const cancel = this.#clock.timer(ms, () => {
        this.#waiting.delete(id);
        resolve(undefined);
      });
      this.#waiting.set(id, { isRight, taken, resolve, cancel });
      const letter: SayLetter = { kind: 'say', id, from: this.#self, ...say };
      this.#mail.send(to, 'media', JSON.stringify(letter));
    });
  }

  /** One that comes too late, or was never asked for, is of no interest. */
  heard(reply: ReplyLetter): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    waiting.cancel();
    if (reply.kind === 'taken') waiting.taken(reply.standing);
    waiting.resolve(reply);
  }

  /** Who is the right one to ask may have changed: nobody waits for a node that has died. */
  look(): void {
    for (const [id, { isRight, cancel, resolve }] of this.#waiting) {
      if (isRight()) continue;
      this.#waiting.delete(id);
      cancel();
      resolve(moved);
    }
  }

  close(): void {
    for (const { cancel, resolve } of this.#waiting.values()) {
      cancel();
      resolve(undefined);
    }
    this.#waiting.clear();
  }
}
