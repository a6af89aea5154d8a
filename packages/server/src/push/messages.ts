import { type Call, pushOf } from 'ringback-engine';
import type { DeviceId, UserId } from 'ringback-protocol';
import type { AppKey } from '../ports/apps.ts';
import type { CancelReason, PushMessage, Ring } from '../ports/push.ts';
import { makeAnswerToken } from './answer-token.ts';
import { ringer } from './ring-facts.ts';

const empty = {
  kind: 'ring',
  caller: '' as UserId,
  callerName: '',
  callerAvatar: '',
  mediaType: '',
  callType: '',
  chatGroupId: '',
  info: {},
  answerToken: '',
  answerUrl: '',
  reason: '',
} as const satisfies Omit<PushMessage, 'ring'>;

/** A push that rings a device; with the key of the application, by which the device may answer over HTTPS at the URL. */
export function ringMessage(
  call: Call,
  ring: Ring,
  to: { readonly device: DeviceId; readonly key: AppKey | undefined; readonly answerUrl: string },
): PushMessage {
  const { app, callId, userId, deadline } = ring;
  const { device, key, answerUrl } = to;
  const answerToken = key === undefined ? '' : makeAnswerToken({ app, callId, userId, device, deadline }, key);
  return { ...factsOf(call, ring), kind: 'ring', answerToken, answerUrl };
}

/** A push that takes one back; `call` is undefined when nothing is known of it any more. */
export const cancelMessage = (call: Call | undefined, ring: Ring, reason: CancelReason): PushMessage => ({
  ...(call === undefined ? { ...empty, ring } : factsOf(call, ring)),
  kind: 'cancel',
  reason,
});

/** A push that is of no call. */
export const testMessage = (ring: Ring): PushMessage => ({ ...empty, kind: 'test', ring, caller: ring.userId });

function factsOf(call: Call, ring: Ring): PushMessage {
  const member = ringer(call, ring);
  // Who invited rings, and not who began the call.
  const inviter = member?.invitedBy ?? call.caller;
  const caller = call.members.find(({ userId }) => userId === inviter);
  return {
    ...empty,
    ring,
    caller: inviter,
    callerName: caller?.nick ?? '',
    callerAvatar: caller?.avatar ?? '',
    mediaType: call.mediaType,
    callType: call.callType,
    chatGroupId: call.chatGroupId,
    info: member === undefined ? {} : pushOf(call, member),
  };
}
