import type { CallId, DeviceId, MediaType, PushInfo, RoomIdType, SdkAppId, UserId } from 'ringback-protocol';
import type { Origin, Seat } from './call.ts';

/** A user as the world outside knows them at the moment of the event. */
export interface Person {
  readonly userId: UserId;
  readonly nick: string;
  readonly avatar: string;
  /** The live call that keeps this user busy, if any. */
  readonly seat?: Seat | undefined;
}

/** Starts a call. Ids, profiles and seats come with it: the engine makes nothing up. */
export interface StartEvent {
  readonly type: 'start';
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly caller: Person;
  /** The dialling device; empty for a robot. */
  readonly device: DeviceId | '';
  readonly robot: boolean;
  /** Known accounts only, without duplicates and without the caller; 1 to `maxMembers − 1`. */
  readonly callees: readonly Person[];
  /** How many users were to be called, those who do not exist among them: what makes the call one of two, or of more. */
  readonly asked: number;
  readonly mediaType: MediaType;
  readonly chatGroupId: string;
  readonly groupKnown: boolean;
  /** Empty: the call id becomes its room. */
  readonly roomId: string;
  readonly roomIdType: RoomIdType;
  readonly userData: string;
  readonly push?: PushInfo | undefined;
  /** ms. */
  readonly timeout: number;
  readonly maxMembers: number;
  readonly glare: 'merge' | 'busy';
  readonly origin: Origin;
}

/** Everything that can happen to a call after its start. */
export type CallEvent =
  /** `merged`: the user dialled the caller of this very call, which counts as answering it. */
  | { readonly type: 'accept'; readonly userId: UserId; readonly device: DeviceId; readonly merged?: boolean }
  | { readonly type: 'reject'; readonly userId: UserId; readonly device: DeviceId | '' }
  | { readonly type: 'ignore'; readonly userId: UserId; readonly device: DeviceId | '' }
  | { readonly type: 'hangUp'; readonly userId: UserId; readonly device: DeviceId }
  | {
      readonly type: 'invite';
      readonly userId: UserId;
      readonly device: DeviceId;
      readonly invitees: readonly Person[];
      /** ms. */
      readonly timeout: number;
      readonly userData: string;
      readonly push?: PushInfo | undefined;
    }
  /** `groupMember`: the user is in the known group of the call. Ignored when the call has none. */
  | { readonly type: 'join'; readonly person: Person; readonly device: DeviceId; readonly groupMember: boolean }
  | { readonly type: 'switchMedia'; readonly userId: UserId; readonly device: DeviceId; readonly mediaType: MediaType }
  /** Ends the call for all: `end_call`, or an operator. */
  | { readonly type: 'end' }
  /** Some invitation may have run out. */
  | { readonly type: 'timeout' }
  /** The device that held the call was silent for too long; `nodeDied` when its server process is to blame. */
  | { readonly type: 'leaseLost'; readonly userId: UserId; readonly device: DeviceId; readonly nodeDied: boolean }
  /** The device signed out: the user leaves at once, as if by hanging up. */
  | { readonly type: 'signOut'; readonly userId: UserId; readonly device: DeviceId }
  /** The account was kicked or deleted. */
  | { readonly type: 'removed'; readonly userId: UserId }
  /** Media could not be brought up, or was lost for good. */
  | { readonly type: 'mediaFailed'; readonly userId: UserId; readonly device: DeviceId };

export type CallEventType = CallEvent['type'] | 'start';
