import type { Call, CallRecord } from './call.ts';

/** What is kept of an ended call for good. Only for calls that have ended. */
export function recordOf(call: Call): CallRecord {
  if (call.ending === undefined) throw new Error(`Call ${call.callId} is live and has no record.`);
  return {
    app: call.app,
    callId: call.callId,
    caller: call.caller,
    mediaType: call.mediaType,
    callType: call.callType,
    startedAt: call.startedAt,
    acceptedAt: call.acceptedAt,
    endedAt: call.endedAt,
    result: call.ending.result,
    members: call.members.map((member) => member.userId),
    roomId: call.roomId,
    roomIdType: call.roomIdType,
    chatGroupId: call.chatGroupId,
  };
}
