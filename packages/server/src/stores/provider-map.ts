import type { SdkAppId } from 'ringback-protocol';
import type { PushConfig } from '../ports/push.ts';

const none: readonly PushConfig[] = [];

/** Push providers in memory, by application. */
export class ProviderMap {
  readonly #byApp = new Map<SdkAppId, readonly PushConfig[]>();

  get(app: SdkAppId, name: string): PushConfig | undefined {
    return this.of(app).find((config) => config.name === name);
  }

  of(app: SdkAppId): readonly PushConfig[] {
    return this.#byApp.get(app) ?? none;
  }

  put(config: PushConfig): void {
    const others = this.of(config.app).filter(({ name }) => name !== config.name);
    this.#byApp.set(
      config.app,
      [...others, config].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  /** Those of an application, instead of what is there. */
  replace(app: SdkAppId, all: readonly PushConfig[]): void {
    this.#byApp.delete(app);
    for (const config of all) this.put(config);
  }

  drop(app: SdkAppId, name: string): void {
    const kept = this.of(app).filter((config) => config.name !== name);
    if (kept.length === 0) this.#byApp.delete(app);
    else this.#byApp.set(app, kept);
  }

  /** Forgets all, to be filled anew. */
  clear(): void {
    this.#byApp.clear();
  }
}
