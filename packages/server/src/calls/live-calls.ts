import type { Call } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { LiveVersion, RecordSearch } from '../ports/record-search.ts';
import type { CallStore } from '../ports/store.ts';

/** ms between two looks at what other nodes have changed, while somebody watches. */
const lookEvery = 1000;

/** Hears of a live call that has changed, or with undefined that it is over. Must be quick. */
export type LiveListener = (app: SdkAppId, callId: CallId, call: Call | undefined) => void;

/**
 * Tells those who watch of each change of a live call: of this node's at once, of others' within a second. It costs nothing
 * while nobody watches.
 */
export class LiveCalls {
  readonly #options: {
    readonly clock: Clock;
    readonly store: Pick<CallStore, 'read'>;
    readonly search: Pick<RecordSearch, 'liveVersions'>;
    readonly failed: (error: unknown) => void;
  };
  readonly #listeners = new Set<LiveListener>();
  /** As they were told last, by call; only while somebody watches, and only where other nodes change calls. */
  #seen: Map<CallId, LiveVersion> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly clock: Clock;
    readonly store: Pick<CallStore, 'read'>;
    readonly search: Pick<RecordSearch, 'liveVersions'>;
    readonly failed: (error: unknown) => void;
  }) {
    this.#options = options;
  }

  changed(call: Call): void {
    const { app, callId, endedAt } = call;
    if (this.#listeners.size === 0) return;
    if (endedAt !== 0) this.#seen?.delete(callId);
    else this.#seen?.set(callId, call);
    this.#tell(app, callId, endedAt === 0 ? call : undefined);
  }

  /** Answers how to stop. */
  watch(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && !this.#closed) this.#look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#seen = undefined;
    };
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #tell(app: SdkAppId, callId: CallId, call: Call | undefined): void {
    for (const listener of this.#listeners) listener(app, callId, call);
  }

  #look(): void {
    const round = (): void => {
      this.#cancel = undefined;
      if (this.#closed || this.#listeners.size === 0) return;
      this.#compare()
        .then((more) => {
          if (more && this.#listeners.size > 0 && !this.#closed && this.#cancel === undefined) {
            this.#cancel = this.#options.clock.timer(lookEvery, round);
          }
        })
        .catch(this.#options.failed);
    };
    round();
  }

  /** False when there are no other nodes to look for. */
  async #compare(): Promise<boolean> {
    const { store, search } = this.#options;
    // A copy from before the question: a call that begins meanwhile is in no answer to it, and is not over for that.
    const before = this.#seen && new Map(this.#seen);
    let now: readonly LiveVersion[] | undefined;
    try {
      now = await search.liveVersions();
    } catch (error) {
      this.#options.failed(error);
      return true;
    }
    if (now === undefined) return false;
    this.#seen = new Map(now.map((one) => [one.callId, one]));
    // At the first look there is nothing to compare with; whoever begins to watch begins with a snapshot.
    if (before === undefined) return true;
    for (const { app, callId, version } of now) {
      if ((before.get(callId)?.version ?? 0) >= version) continue;
      const call = await store.read(app, callId);
      if (call !== undefined) this.#tell(app, callId, call);
    }
    for (const { app, callId } of before.values()) {
      if (!this.#seen.has(callId)) this.#tell(app, callId, undefined);
    }
    return true;
  }
}
