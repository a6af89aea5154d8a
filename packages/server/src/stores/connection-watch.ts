import type { Connections } from '../ports/connections.ts';

/** Counts what is asked and what is answered by some connections. */
export class ConnectionWatch implements Connections {
  readonly #steady: () => number;
  /** Questions that have no answer yet. */
  #waiting = 0;
  /** Since when nothing was answered of what was asked; undefined when nothing was asked since the last answer. */
  #silentSince: number | undefined;
  #refusedSince: number | undefined;

  /** `steady`: ms of a clock that nobody sets. */
  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady;
  }

  get silentFor(): number {
    return this.#silentSince === undefined ? 0 : this.#steady() - this.#silentSince;
  }

  get refusedFor(): number {
    return this.#refusedSince === undefined ? 0 : this.#steady() - this.#refusedSince;
  }

  get isRefused(): boolean {
    return this.#refusedSince !== undefined;
  }

  asked(): void {
    this.#waiting += 1;
    this.#silentSince ??= this.#steady();
  }

  answered(): void {
    this.#waiting -= 1;
    this.#silentSince = this.#waiting > 0 ? this.#steady() : undefined;
  }

  /** It was given up: the silence goes on until something else is answered. */
  gaveUp(): void {
    this.#waiting -= 1;
  }

  /** A connection was made, or could not be. */
  connected(really: boolean): void {
    this.#refusedSince = really ? undefined : (this.#refusedSince ?? this.#steady());
  }
}
