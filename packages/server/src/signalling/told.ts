import type { CallId, SdkAppId, UserId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { CallName } from '../ports/shared-calls.ts';

/** How far a user has been told of a call. */
export interface Told {
  readonly version: number;
  readonly eventSeq: number;
}

/** A call that users are in who have devices here, and what they have been told of it. */
export interface KnownCall extends CallName {
  readonly users: Map<UserId, Told>;
}

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

/** What the devices of this node have been told of their calls, by user: each has a way of its own, on which notices may be lost. */
export class ToldCalls {
  readonly #calls = new ChurnMap<string, KnownCall>();

  get(app: SdkAppId, callId: CallId): KnownCall | undefined {
    return this.#calls.get(keyOf(app, callId));
  }

  all(): KnownCall[] {
    return [...this.#calls.values()];
  }

  /** A user has been told of a state of a call; what is older than what was told before changes nothing. */
  note(app: SdkAppId, callId: CallId, userId: UserId, { version, eventSeq }: Told): void {
    const key = keyOf(app, callId);
    let call = this.#calls.get(key);
    if (call === undefined) {
      call = { app, callId, users: new Map() };
      this.#calls.set(key, call);
    }
    if ((call.users.get(userId)?.version ?? 0) < version) call.users.set(userId, { version, eventSeq });
  }

  /** The call does not concern the user any more. */
  forget(app: SdkAppId, callId: CallId, userId: UserId): void {
    const key = keyOf(app, callId);
    const call = this.#calls.get(key);
    if (call?.users.delete(userId) && call.users.size === 0) this.#calls.delete(key);
  }

  forgetAll(app: SdkAppId, callId: CallId): void {
    this.#calls.delete(keyOf(app, callId));
  }
}
