import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';

type Listener = Parameters<Endpoints['onChange']>[0];

/** An endpoint among those of all applications. */
export const endpointKey = (app: SdkAppId, id: string): string => `${app}/${id}`;

const none: readonly Endpoint[] = [];

/** Webhook endpoints in memory, by application. */
export class EndpointMap {
  readonly #byApp = new Map<SdkAppId, readonly Endpoint[]>();
  readonly #listeners: Listener[] = [];

  get(app: SdkAppId, id: string): Endpoint | undefined {
    return this.of(app).find((endpoint) => endpoint.id === id);
  }

  of(app: SdkAppId): readonly Endpoint[] {
    return this.#byApp.get(app) ?? none;
  }

  list(): readonly Endpoint[] {
    return [...this.#byApp.values()].flat();
  }

  put(endpoint: Endpoint): void {
    const others = this.of(endpoint.app).filter(({ id }) => id !== endpoint.id);
    this.#byApp.set(
      endpoint.app,
      [...others, endpoint].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }

  drop(app: SdkAppId, id: string): void {
    const kept = this.of(app).filter((endpoint) => endpoint.id !== id);
    if (kept.length === 0) this.#byApp.delete(app);
    else this.#byApp.set(app, kept);
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Tells of what an endpoint is now. */
  tell(app: SdkAppId, id: string): void {
    for (const listener of this.#listeners) listener(app, id, this.get(app, id));
  }
}
