import type { Call, CallEvent, Seat } from 'ringback-engine';
import type { CallId, DeviceId, PushInfo, UserId } from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import type { CallPlace } from '../ports/store.ts';
import type { Cause, InviteResult, Started, StartRequest } from './requests.ts';

/**
 * The one road: every change of a call, from REST, socket, console or timer, goes through `start` or `apply`.
 *
 * `answer` is called when the change is durable and before anybody is told of it, so that the answer to a request
 * precedes the notices of the same change. All methods reject with a `Refusal`.
 */
export interface Calls {
  start(app: App, request: StartRequest, cause: Cause, answer?: (started: Started) => void): Promise<Started>;
  apply(app: App, callId: CallId, event: CallEvent, cause: Cause, answer?: (call: Call) => void): Promise<Call>;
  /** Looks the invitees up, then applies `invite`. */
  invite(
    app: App,
    callId: CallId,
    request: {
      readonly userId: UserId;
      readonly device: DeviceId;
      readonly users: readonly UserId[];
      readonly timeout: number;
      readonly userData: string;
      readonly push?: PushInfo | undefined;
    },
    cause: Cause,
    answer?: (results: readonly InviteResult[]) => void,
  ): Promise<readonly InviteResult[]>;
  /** Looks the user up, then applies `join`. */
  join(
    app: App,
    callId: CallId,
    request: { readonly userId: UserId; readonly device: DeviceId },
    cause: Cause,
    answer?: (call: Call) => void,
  ): Promise<Call>;
  /** The committed live call; rejects with `no_such_call`, or `call_ended` when there is a record of it. */
  get(app: App, callId: CallId): Promise<Call>;
  /** The newest committed live call there that this user may join; rejects with `no_such_call`, also where there are only others. */
  find(app: App, place: CallPlace, userId: UserId): Promise<Call>;
  /** The device that a member is in a call with is here: this node watches over it from now on. */
  keep(call: Call, userId: UserId, device: DeviceId): Promise<void>;
  /** As `keep`, for a device that was heard of here in its call: writes only where another node watches over it. */
  keepHeard(call: Call, userId: UserId, device: DeviceId): Promise<void>;
  /** Whether another node watches over the device that this member is in the call with. */
  isKeptElsewhere(call: Call, userId: UserId): Promise<boolean>;
  /** The live call that holds this user's seat, if there is one. */
  callOf(app: App, userId: UserId): Promise<Call | undefined>;
  /** The seat that this user holds, also one of a step that is not durable yet. */
  seatOf(app: App, userId: UserId): Promise<Seat | undefined>;
}
