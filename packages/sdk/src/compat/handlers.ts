import { guarded } from '../base/emitter.ts';

/** A handler as applications register it. */
export type Handler = (event: never) => void;

interface Registered {
  readonly handler: Handler;
  readonly context: unknown;
}

/** Handlers by name, with the context that they are to be called with. */
export class Handlers {
  readonly #registered = new Map<string, Registered[]>();
  readonly #owner: unknown;

  /** `owner`: the context of handlers that are registered without one. */
  constructor(owner: unknown) {
    this.#owner = owner;
  }

  on(name: string, handler: Handler, context?: unknown): void {
    if (typeof handler !== 'function') return;
    const list = this.#registered.get(name) ?? [];
    this.#registered.set(name, [...list, { handler, context: context ?? this.#owner }]);
  }

  /** Removes all registrations of that function. */
  off(name: string, handler?: Handler): void {
    const list = this.#registered.get(name) ?? [];
    const left = handler === undefined ? [] : list.filter((one) => one.handler !== handler);
    this.#registered.set(name, left);
  }

  emit(name: string, event?: unknown): void {
    for (const { handler, context } of this.#registered.get(name) ?? []) {
      const call = handler as (this: unknown, ...event: unknown[]) => void;
      guarded(() => (event === undefined ? call.call(context) : call.call(context, event)));
    }
  }

  clear(): void {
    this.#registered.clear();
  }
}
