import type { Call, Origin } from 'ringback-engine';
import type { CallId, DeviceId, MediaType, PushInfo, RequestId, RoomIdType, UserId } from 'ringback-protocol';
import type { HistoryEntry } from '../ports/store.ts';

/** Who or what set an event off; goes to the history and the webhooks. */
export interface Cause {
  readonly cause: HistoryEntry['cause'];
  /** Empty for timers and operators. */
  readonly actor: UserId | '';
  readonly device: DeviceId | '';
  readonly requestId: RequestId | '';
  readonly origin: Origin;
}

/** A call to be started, already checked for form. */
export interface StartRequest {
  readonly caller: UserId;
  /** A server-side account: no device, no seat, no lease, need not exist. */
  readonly robot: boolean;
  /** The dialling device; empty for a robot. */
  readonly device: DeviceId | '';
  /** As the caller gave them: duplicates and the caller are dropped by `Calls`. */
  readonly callees: readonly UserId[];
  readonly mediaType: MediaType;
  readonly chatGroupId: string;
  /** Empty: the server allots one. */
  readonly roomId: string;
  /** 0 = not given. */
  readonly roomIdType: RoomIdType;
  readonly userData: string;
  /** What a push says; undefined when nothing was asked for. */
  readonly push?: PushInfo | undefined;
  /** ms. */
  readonly timeout: number;
}

/** How an invitation of one user was processed: 0, or 70107 for an account that does not exist. */
export interface InviteResult {
  readonly userId: UserId;
  readonly code: number;
}

export interface Started {
  /** After a glare merge: that of the call that was answered. */
  readonly callId: CallId;
  /** `callee` after a glare merge. */
  readonly role: 'caller' | 'callee';
  readonly results: readonly InviteResult[];
  /** Right after the request; over already when nobody could be rung. */
  readonly call: Call;
}
