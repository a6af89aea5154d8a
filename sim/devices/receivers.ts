import type { SdkAppId } from 'ringback-protocol';
import type { Answer, Delivery } from '../../packages/server/src/webhooks/sender.ts';
import type { ReceiverCheck } from '../checks/receiver-check.ts';
import type { SimProcess } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';

/** How a receiver behaves for a while. */
export type Mood = 'well' | 'down' | 'failing' | 'flaky' | 'slow' | 'busy';

/** ms; as the product waits for an answer. */
const timeout = 5000;

interface Receiver {
  readonly id: string;
  mood: Mood;
}

/** The receivers of webhooks, and the ways to them. */
export class Receivers {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #check: ReceiverCheck;
  readonly #app: SdkAppId;
  readonly #byOrigin: ReadonlyMap<string, Receiver>;
  /** Attempts. */
  attempts = 0;
  trace: (line: () => string) => void = () => {};

  constructor(options: {
    scheduler: Scheduler;
    random: Random;
    check: ReceiverCheck;
    app: SdkAppId;
    ids: readonly string[];
  }) {
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.#check = options.check;
    this.#app = options.app;
    this.#byOrigin = new Map(options.ids.map((id) => [originOf(id), { id, mood: 'well' }]));
  }

  setMood(id: string, mood: Mood): void {
    (this.#byOrigin.get(originOf(id)) as Receiver).mood = mood;
  }

  /** Sends as the product's `Sender` does; the answer comes for a process. */
  send(process: SimProcess, delivery: Delivery): Promise<Answer> {
    const sentAt = this.#scheduler.elapsed;
    const receiver = this.#byOrigin.get(delivery.origin) as Receiver;
    this.attempts += 1;
    return new Promise((resolve) => {
      const answer = (ms: number, status: number, error: string, retryAfter?: string): void =>
        void process.after(ms, () => {
          const took = Math.round(this.#scheduler.elapsed - sentAt);
          resolve({ status, took, error, answer: '', text: '', retryAfter });
        });
      const { mood } = receiver;
      if (mood === 'down') {
        if (this.#random.chance(0.5)) answer(2, 0, 'connection refused');
        else answer(timeout, 0, 'no answer');
        return;
      }
      const way = this.#way(mood);
      this.#scheduler.after(way, () => {
        const fate = this.#random.next();
        if (mood === 'failing' && fate < 0.8) answer(1, 500, '');
        else if (mood === 'busy' && fate < 0.7) answer(1, 503, '', String(this.#random.between(1, 5)));
        else if (mood === 'flaky' && fate < 0.3) answer(1, 500, '');
        else {
          this.#take(receiver.id, delivery);
          const back = this.#way(mood);
          // What was taken, and whose answer is lost or late, comes again.
          if ((mood === 'flaky' && fate < 0.5) || way + back >= timeout)
            answer(Math.max(1, timeout - way), 0, 'no answer');
          else answer(back, 200, '');
        }
      });
    });
  }

  #way(mood: Mood): number {
    return mood === 'slow' ? this.#random.between(200, 3500) : 1 + this.#random.next() * 15;
  }

  #take(id: string, { headers, body }: Delivery): void {
    const webhookId = headers[1] as string;
    const cut = webhookId.lastIndexOf('-');
    const [callId, seq] = [webhookId.slice(0, cut), Number(webhookId.slice(cut + 1))];
    this.trace(() => `${id} is told event ${seq} of ${callId}`);
    this.#check.taken(id, this.#app, callId, seq, body);
  }
}

export const originOf = (id: string): string => `http://${id}.example`;
