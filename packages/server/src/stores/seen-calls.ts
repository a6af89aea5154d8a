import { LRUCache } from 'lru-cache';
import type { Call } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { CallMark } from '../ports/bus.ts';

/** Calls that are remembered as they were last seen. */
const remembered = 50_000;

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

/**
 * Calls that several nodes write, as this node knows them: what it has written or read, and what others say with their notices.
 * A step that starts from here needs no question before its write, which finds out whether another node was first.
 */
export class SeenCalls {
  readonly #known: LRUCache<string, Call>;
  /** Those that have ended, as far as this node has seen: nothing brings them back. */
  readonly #ended: LRUCache<string, true>;

  /** `max` of each kind. */
  constructor(max = remembered) {
    this.#known = new LRUCache({ max });
    this.#ended = new LRUCache({ max });
  }

  get(app: SdkAppId, callId: CallId): Call | undefined {
    return this.#known.get(keyOf(app, callId));
  }

  /** At this version or a later one. */
  known(app: SdkAppId, callId: CallId, version: number): Call | undefined {
    const call = this.get(app, callId);
    return call !== undefined && call.version >= version ? call : undefined;
  }

  isEnded(app: SdkAppId, callId: CallId): boolean {
    return this.#ended.has(keyOf(app, callId));
  }

  /** Whether a step from this version has lost already: versions only rise. 0 is a new call. */
  isPast(app: SdkAppId, callId: CallId, version: number): boolean {
    return this.isEnded(app, callId) || (this.#known.peek(keyOf(app, callId))?.version ?? 0) > version;
  }

  /** The store holds this, or did a moment ago. */
  see(call: Call): void {
    const key = keyOf(call.app, call.callId);
    if ((this.#known.peek(key)?.version ?? 0) < call.version) this.#known.set(key, call);
  }

  /** Another node has made a step. Where it does not say what the call is now, the next step asks. */
  hear(app: SdkAppId, { callId, version, call }: CallMark): void {
    const key = keyOf(app, callId);
    if ((this.#known.peek(key)?.version ?? 0) >= version) return;
    const isIt = call?.app === app && call.callId === callId && call.version === version && version > 0;
    if (isIt && !this.#ended.has(key)) this.#known.set(key, call);
    else this.#known.delete(key);
  }

  /** The store holds something else than this version: the next step asks. */
  doubt(app: SdkAppId, callId: CallId, version: number): void {
    const key = keyOf(app, callId);
    if ((this.#known.peek(key)?.version ?? 0) <= version) this.#known.delete(key);
  }

  /** The store may have lost what it had: all steps ask. */
  forget(): void {
    this.#known.clear();
    this.#ended.clear();
  }

  end(app: SdkAppId, callId: CallId): void {
    const key = keyOf(app, callId);
    this.#known.delete(key);
    this.#ended.set(key, true);
  }
}
