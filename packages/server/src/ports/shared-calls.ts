import type { CallId, DeviceId, NodeId, SdkAppId, UserId } from 'ringback-protocol';

/** Which call. */
export interface CallName {
  readonly app: SdkAppId;
  readonly callId: CallId;
}

/** A member who is in a call with a device. */
export interface DeviceInCall extends CallName {
  readonly userId: UserId;
  readonly device: DeviceId;
}

/** That a call has changed. */
export interface CallChange extends CallName {
  /** The newest of it. */
  readonly version: number;
  /** ms; when it was made. */
  readonly at: number;
}

/**
 * What a process must know of the calls that others change, in a store that several share. Who keeps the lease of a device
 * in a call is kept with the seat of its member; the step that puts the member into the call writes the own process.
 *
 * All methods reject when the store is out of reach.
 */
export interface SharedCalls {
  /** This process keeps the lease of the member's device from now on. Without effect when the member is not in the call. */
  keep(app: SdkAppId, userId: UserId, callId: CallId): Promise<void>;
  /** Who keeps it, empty when nobody knows; undefined when the member is not in the call any more. */
  holder(app: SdkAppId, userId: UserId, callId: CallId): Promise<NodeId | '' | undefined>;
  /** The leases that a process keeps, ascending by application and user, behind `after`. At most `limit`. */
  heldBy(
    node: NodeId | '',
    after: { readonly app: SdkAppId; readonly userId: UserId } | undefined,
    limit: number,
  ): Promise<readonly DeviceInCall[]>;
  /** How many of those there are. */
  heldCount(node: NodeId | ''): Promise<number>;
  /** Live calls whose deadline was before that time (ms), the oldest first. At most `limit`. */
  overdue(before: number, limit: number): Promise<readonly (CallName & { readonly deadline: number })[]>;
  /** The versions of these calls, in their order; 0 for one that is over. */
  versions(calls: readonly CallName[]): Promise<readonly number[]>;
  /** The calls that were changed at that time (ms) or later, each once, in the order of their last change. At most `limit`. */
  changedSince(at: number, limit: number): Promise<readonly CallChange[]>;
}
