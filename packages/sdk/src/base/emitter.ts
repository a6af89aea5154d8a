import { localError } from './ringback-error.ts';

/** Hears one kind of event. */
export type Listener<T> = (event: T) => void;

/** An event with its name, as iterators give it. */
export type Named<Events> = { [K in keyof Events]: { readonly name: K; readonly event: Events[K] } }[keyof Events];

/** Events that an iterator holds for a slow reader; the oldest are dropped beyond that. */
const backlog = 1000;

interface Stream<Events> {
  readonly waiting: Named<Events>[];
  wake: (() => void) | undefined;
}

/** Typed events: by listener, or as an async iterator that ends when the source is over. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #streams = new Set<Stream<Events>>();
  /** Those who wait for one event, and are to be told that none will come. */
  readonly #waiting = new Set<() => void>();
  #over = false;

  /** Adds a listener; call what it returns to remove it. */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    listeners.add(listener as Listener<never>);
    return () => this.off(name, listener);
  }

  /** Removes a listener. */
  off<K extends keyof Events>(name: K, listener: Listener<Events[K]>): void {
    this.#listeners.get(name)?.delete(listener as Listener<never>);
  }

  /** Resolves with the next event of that name; rejects with `finished` when the source is over before it. */
  once<K extends keyof Events>(name: K): Promise<Events[K]> {
    return new Promise((resolve, reject) => {
      const give = () => {
        stop();
        this.#waiting.delete(give);
        reject(localError('finished', `There will be no event "${String(name)}" any more.`));
      };
      const stop = this.on(name, (event) => {
        stop();
        this.#waiting.delete(give);
        resolve(event);
      });
      if (this.#over) give();
      else this.#waiting.add(give);
    });
  }

  /** All events from here on, in order: `for await (const { name, event } of call.events())`. */
  events(): AsyncGenerator<Named<Events>, void, undefined> {
    const stream: Stream<Events> = { waiting: [], wake: undefined };
    this.#streams.add(stream);
    return this.#read(stream);
  }

  async *#read(stream: Stream<Events>): AsyncGenerator<Named<Events>, void, undefined> {
    try {
      for (;;) {
        const next = stream.waiting.shift();
        if (next !== undefined) yield next;
        else if (this.#over) return;
        else
          await new Promise<void>((resolve) => {
            stream.wake = resolve;
          });
      }
    } finally {
      this.#streams.delete(stream);
    }
  }

  /** Tells everybody. A listener that throws is reported and disturbs nobody else. */
  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])])
      guarded(() => (listener as Listener<Events[K]>)(event));
    for (const stream of this.#streams) {
      if (stream.waiting.length >= backlog) stream.waiting.shift();
      stream.waiting.push({ name, event });
      stream.wake?.();
    }
  }

  /** No more events: iterators end, and whoever waits for one event is told. */
  finish(): void {
    this.#over = true;
    for (const stream of this.#streams) stream.wake?.();
    for (const give of [...this.#waiting]) give();
  }
}

/** Runs code of others; what it throws goes to the page's error handler. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
