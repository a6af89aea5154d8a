import type { CallEnded, CallView, MediaType } from '../base/wire.ts';
import type { Call } from '../client/call.ts';

/** What several events say of the call. Names of all generations of the original, so that any handler finds its own. */
export interface CallInfo {
  readonly callId: string;
  readonly callID: string;
  /** 0 when the room is named by text. */
  readonly roomID: number;
  /** Empty when the room is a number. */
  readonly strRoomID: string;
  /** 1 audio, 2 video. */
  readonly callMediaType: number;
  readonly callRole: 'caller' | 'callee';
  readonly chatGroupID: string;
  readonly groupID: string;
  readonly userData: string;
}

/** ON_CALL_RECEIVED and INVITED. */
export interface ReceivedPayload extends CallInfo {
  readonly callerId: string;
  readonly calleeIdList: readonly string[];
  readonly sponsor: string;
  readonly userIDList: readonly string[];
  readonly isFromGroup: boolean;
  readonly inviteID: string;
  readonly inviteData: { readonly version: number; readonly callType: number; readonly roomID: number };
}

/** CALLING_END, ON_CALL_NOT_CONNECTED and their older twins. */
export interface EndPayload extends CallInfo {
  readonly userID: string;
  /** See `CallEndReason`. */
  readonly reason: number;
  /** s. */
  readonly totalTime: number;
  readonly callEnd: number;
}

/** 1 audio, 2 video. */
export const mediaNumber = (mediaType: MediaType): number => (mediaType === 'Video' ? 2 : 1);

/** What every event of a call carries. */
export function callInfo({ view, role }: Call): CallInfo {
  const isNumber = view.roomIdType === 1;
  return {
    callId: view.callId,
    callID: view.callId,
    roomID: isNumber ? Number(view.roomId) : 0,
    strRoomID: isNumber ? '' : view.roomId,
    callMediaType: mediaNumber(view.mediaType),
    callRole: role,
    chatGroupID: view.chatGroupId,
    groupID: view.chatGroupId,
    userData: view.userData,
  };
}

/**
 * An invitation as this user gets it: whoever has invited it is the caller. Kits take fewer than two callees for a call of two;
 * only to avoid that are those named who were busy, have declined or left.
 */
export function receivedPayload(call: Call, me: string): ReceivedPayload {
  const info = callInfo(call);
  const { view } = call;
  const callerId = view.members.find((one) => one.userId === me)?.invitedBy || view.caller;
  const present = view.members.map((one) => one.userId).filter((userId) => userId !== callerId);
  const absent = (view.invited ?? []).filter((userId) => userId !== callerId && !present.includes(userId));
  const calleeIdList = isGroup(view) && present.length < 2 ? [...present, ...absent] : present;
  return {
    ...info,
    callerId,
    calleeIdList,
    sponsor: callerId,
    userIDList: calleeIdList,
    isFromGroup: isGroup(view),
    inviteID: view.callId,
    inviteData: { version: 1, callType: info.callMediaType, roomID: info.roomID },
  };
}

/** The end of a call as it looks from here. */
export function endPayload(call: Call, { userId, reason, totalTime }: CallEnded): EndPayload {
  return { ...callInfo(call), userID: userId, reason, totalTime, callEnd: totalTime };
}

/** More than two, or the call of a group. */
export const isGroup = (view: CallView): boolean => view.callType === 'MultiCall';
