import type { App } from '../ports/apps.ts';
import type { Route } from './routes.ts';

/** ms; the window that rates are about. */
const windowLength = 1000;

/**
 * Counts what was accepted, exactly: never more than `limit` in any window of one second.
 * A ring of the times of what was accepted within the last second, so it is only as large as the traffic.
 */
export class SlidingWindow {
  limit: number;
  #times = new Float64Array(16);
  #first = 0;
  #count = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether one more may be accepted at `now` (ms of a monotonic clock). */
  free(now: number): boolean {
    while (this.#count > 0 && now - (this.#times[this.#first] as number) >= windowLength) {
      this.#first = (this.#first + 1) & (this.#times.length - 1);
      this.#count -= 1;
    }
    return this.#count < this.limit;
  }

  /** Notes that one was accepted at `now`, right after `free` has said so. */
  take(now: number): void {
    if (this.#count === this.#times.length) this.#grow();
    this.#times[(this.#first + this.#count) & (this.#times.length - 1)] = now;
    this.#count += 1;
  }

  /** Doubles the ring, whose length stays a power of two. */
  #grow(): void {
    const old = this.#times;
    const grown = new Float64Array(old.length * 2);
    for (let i = 0; i < old.length; i += 1) grown[i] = old[(this.#first + i) & (old.length - 1)] as number;
    this.#times = grown;
    this.#first = 0;
  }
}

/** Requests per second of an application where neither it nor the command has a limit of its own. */
export interface DefaultRates {
  readonly commandRate: number;
  /** Over all commands. */
  readonly appRate: number;
}

/** What one application uses at the moment. */
export interface Usage {
  app: App;
  readonly all: SlidingWindow;
  /** By the number of the route. */
  readonly commands: SlidingWindow[];
  /** Requests that were admitted and are not answered. */
  inFlight: number;
}

/** The rates and the requests in flight of every application on this node. */
export class Limits {
  readonly #routes: readonly Route[];
  readonly #defaults: DefaultRates;
  readonly #usages = new Map<number, Usage>();

  constructor(routes: readonly Route[], defaults: DefaultRates) {
    this.#routes = routes;
    this.#defaults = defaults;
  }

  /** The usage of an application, with the limits that its settings name now. */
  of(app: App): Usage {
    const known = this.#usages.get(app.sdkAppId);
    if (known?.app === app) return known;
    return known === undefined ? this.#open(app) : this.#update(known, app);
  }

  #open(app: App): Usage {
    const usage: Usage = {
      app,
      all: new SlidingWindow(this.#appRate(app)),
      commands: this.#routes.map((route) => new SlidingWindow(this.#commandRate(app, route))),
      inFlight: 0,
    };
    this.#usages.set(app.sdkAppId, usage);
    return usage;
  }

  /** Applications are values: another object means other settings. What was counted stays. */
  #update(usage: Usage, app: App): Usage {
    usage.app = app;
    usage.all.limit = this.#appRate(app);
    for (const route of this.#routes) {
      const window = usage.commands[route.number];
      if (window !== undefined) window.limit = this.#commandRate(app, route);
    }
    return usage;
  }

  #appRate(app: App): number {
    return app.settings.rates['*'] ?? this.#defaults.appRate;
  }

  #commandRate(app: App, { command }: Route): number {
    return app.settings.rates[command.path] ?? command.rate ?? this.#defaults.commandRate;
  }
}
