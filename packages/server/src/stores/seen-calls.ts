import { LRUCache } from 'lru-cache';
import type { Call } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { CallMark } from '../ports/bus.ts';

/** Calls that are remembered as they were last seen. */
const remembered = 50_000;

interface Known {
  readonly call: Call;
  /** Only another node has said so: a step that is made from it must find it in the database. */
  readonly told: boolean;
}

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

/**
 * Calls that several nodes write, as this node knows them: what it has written or read, and what others say with their notices.
 * A step that starts from here needs no question before its write, which finds out whether another node was first.
 */
export class SeenCalls {
  readonly #known: LRUCache<string, Known>;
  /** Those that have ended, as far as this node has seen: nothing brings them back. */
  readonly #ended: LRUCache<string, true>;

  /** `max` of each kind. */
  constructor(max = remembered) {
    this.#known = new LRUCache({ max });
    this.#ended = new LRUCache({ max });
  }

  get(app: SdkAppId, callId: CallId): Call | undefined {
    return this.#known.get(keyOf(app, callId))?.call;
  }

  isEnded(app: SdkAppId, callId: CallId): boolean {
    return this.#ended.has(keyOf(app, callId));
  }

  /** Whether a step from this version has lost already: versions only rise. 0 is a new call. */
  isPast(app: SdkAppId, callId: CallId, version: number): boolean {
    return this.isEnded(app, callId) || (this.#known.peek(keyOf(app, callId))?.call.version ?? 0) > version;
  }

  /** The text that the database must hold for a step from this version to count; empty when its version will do. */
  basisOf(app: SdkAppId, callId: CallId, version: number): string {
    const known = this.#known.peek(keyOf(app, callId));
    return known?.told === true && known.call.version === version ? JSON.stringify(known.call) : '';
  }

  /** The database holds this, or did a moment ago. */
  see(call: Call): void {
    const key = keyOf(call.app, call.callId);
    const known = this.#known.peek(key);
    const isNews = known === undefined || known.call.version < call.version;
    if (isNews || (known.told && known.call.version === call.version)) this.#known.set(key, { call, told: false });
  }

  /** Another node has made a step. It may say wrongly what the call is now; that it does, or says nothing, costs a question. */
  hear(app: SdkAppId, { callId, version, call }: CallMark): void {
    const key = keyOf(app, callId);
    const known = this.#known.peek(key);
    if (known !== undefined && known.call.version >= version) return;
    const fits = call?.app === app && call.callId === callId && call.version === version && Array.isArray(call.members);
    if (fits && !this.#ended.has(key)) this.#known.set(key, { call, told: true });
    else this.#known.delete(key);
  }

  /** This version, and what only others have said, is not to be gone on from: the next step asks. */
  doubt(app: SdkAppId, callId: CallId, version: number): void {
    const key = keyOf(app, callId);
    const known = this.#known.peek(key);
    if (known !== undefined && (known.told || known.call.version <= version)) this.#known.delete(key);
  }

  end(app: SdkAppId, callId: CallId): void {
    const key = keyOf(app, callId);
    this.#known.delete(key);
    this.#ended.set(key, true);
  }
}
