import type { Clock } from '../ports/clock.ts';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import type { PendingEvents } from '../ports/outbox.ts';
import type { Dispatcher } from './dispatcher.ts';

/** How all endpoints are doing at a moment. */
export interface WebhookLoad {
  /** How many endpoints there are of each state. */
  readonly endpoints: Readonly<Record<Endpoint['state'] | 'failing', number>>;
  /** Events that were given up and are kept. */
  readonly parked: number;
  /** s; the longest that an event waits at an endpoint that is sent to. */
  readonly oldest: number;
}

/** ms; the store is not asked more often, however often somebody looks. */
const lookAgain = 10_000;

/** Events at the head of each endpoint that are looked at: the calls are in order there, not the events. */
const head = 50;

interface SurveyOptions {
  readonly endpoints: Endpoints;
  readonly pending: PendingEvents;
  readonly dispatcher: Pick<Dispatcher, 'ageOf' | 'stateOf' | 'waiting'>;
  readonly clock: Clock;
}

/** Looks at how all endpoints are doing. */
export class WebhookSurvey {
  readonly #options: SurveyOptions;
  #at = Number.NEGATIVE_INFINITY;
  #last: Promise<WebhookLoad> | undefined;

  constructor(options: SurveyOptions) {
    this.#options = options;
  }

  /** Rejects when the store cannot be read. */
  load(): Promise<WebhookLoad> {
    const now = this.#options.clock.now();
    if (this.#last === undefined || now - this.#at >= lookAgain) {
      this.#at = now;
      this.#last = this.#look();
    }
    return this.#last;
  }

  async #look(): Promise<WebhookLoad> {
    const { endpoints, pending, dispatcher } = this.#options;
    const states = { active: 0, failing: 0, paused: 0, gone: 0 };
    let [parked, oldest] = [0, 0];
    const all = endpoints.list().filter(({ url }) => url !== '');
    for (const app of new Set(all.map((endpoint) => endpoint.app))) {
      for (const count of (await pending.parkedCounts(app)).values()) parked += count;
    }
    for (const endpoint of all) {
      const { app, id } = endpoint;
      const state = dispatcher.stateOf(endpoint);
      states[state] += 1;
      if (state === 'paused' || state === 'gone' || dispatcher.waiting(app, id) === 0) continue;
      for (const event of await pending.page(app, id, undefined, head)) {
        oldest = Math.max(oldest, dispatcher.ageOf(event));
      }
    }
    return { endpoints: states, parked, oldest };
  }
}
