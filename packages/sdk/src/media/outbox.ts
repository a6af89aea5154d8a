import { asRingbackError, type RingbackError } from '../base/ringback-error.ts';
import type { DeviceMessage, PeerMessage } from './messages.ts';

type Message = DeviceMessage | PeerMessage;

/** ms; between two attempts to tell what the server cannot take just now. */
const attempts = { first: 300, most: 2000 };

/** How often it is tried to tell what the next message of its kind makes up for. */
const fewTries = 5;

/** Without one of these something stays wrong for the rest of the call: they are tried until the server takes them. */
const lasting: ReadonlySet<string> = new Set(['hello', 'offer', 'answer', 'state', 'want', 'failed']);

/** Of these, the newest says all. */
const replaced: ReadonlySet<string> = new Set(['hello', 'state', 'want']);

/** What a message is about; of what is replaced, the next one about the same takes its place. */
const matterOf = (data: Message): string => (data.type === 'want' ? `${data.type} ${data.userId}` : data.type);

/** What a call's media has to send, and what becomes of it. */
export interface OutboxHost {
  /** Sends to the media service (`to` empty) or to a member. */
  readonly send: (to: string, data: Message) => Promise<void>;
  readonly after: (ms: number, fire: () => void) => void;
  /** Nobody waits for it any longer. */
  readonly isStale: (data: Message) => boolean;
  /** The server has not taken it, and is not asked again. */
  readonly refused: (data: Message, error: RingbackError) => void;
}

/**
 * Messages of a call's media on their way: to each receiver in order, and again when the server is asked too fast, or cannot
 * just now. What goes to a member does not wait for what goes to the media service, nor the other way round.
 */
export class Outbox {
  readonly #host: OutboxHost;
  /** By receiver. */
  readonly #sending = new Map<string, Promise<void>>();
  readonly #newestOf = new Map<string, Message>();
  readonly #heldUp = new Set<string>();

  constructor(host: OutboxHost) {
    this.#host = host;
  }

  /** A message to the media service waits for the server to take it. */
  get isHeldUp(): boolean {
    return this.#heldUp.has('');
  }

  send(to: string, data: Message): void {
    // Measures of before say nothing later, and would come all at once.
    if (data.type === 'stats' && this.isHeldUp) return;
    if (replaced.has(data.type)) this.#newestOf.set(matterOf(data), data);
    const before = this.#sending.get(to) ?? Promise.resolve();
    const sending = before.then(async () => {
      await this.#deliver(to, data);
      this.#heldUp.delete(to);
    });
    this.#sending.set(to, sending);
  }

  #isOutOfDate(data: Message): boolean {
    return (replaced.has(data.type) && this.#newestOf.get(matterOf(data)) !== data) || this.#host.isStale(data);
  }

  /** Never rejects. */
  async #deliver(to: string, data: Message): Promise<void> {
    for (let tries = 1; !this.#isOutOfDate(data); tries += 1) {
      try {
        return await this.#host.send(to, data);
      } catch (thrown) {
        const error = asRingbackError(thrown);
        // It may be moving the call from one node to another, or its database is away: that takes it seconds, or longer.
        const passes = error.reason === 'too_fast' || error.reason === 'overloaded';
        if (!passes || (tries === fewTries && !lasting.has(data.type))) {
          if (!this.#isOutOfDate(data)) this.#host.refused(data, error);
          return;
        }
      }
      this.#heldUp.add(to);
      const wait = Math.min(attempts.most, attempts.first * tries);
      await new Promise<void>((resolve) => this.#host.after(wait, resolve));
    }
  }
}
