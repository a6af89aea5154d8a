import type { PushMessage, PushOutcome } from '../ports/push.ts';

/** What an app gets with a push, as text by names: FCM takes nothing else. */
export function payloadOf(message: PushMessage): Record<string, string> {
  const { kind, ring, info } = message;
  const all = {
    ringback: kind,
    app: String(ring.app),
    callId: ring.callId,
    userId: ring.userId,
    caller: message.caller,
    callerName: message.callerName,
    callerAvatar: message.callerAvatar,
    mediaType: message.mediaType,
    callType: message.callType,
    groupId: message.chatGroupId,
    deadline: String(ring.deadline),
    title: titleOf(message),
    text: textOf(message),
    token: message.answerToken,
    answerUrl: message.answerUrl,
    reason: message.reason,
    data: info.data ?? '',
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** What is dispensable, the first to go first. */
const dispensable = ['callerAvatar', 'data', 'text', 'callerName'] as const;

/** As `payloadOf`, with what is dispensable left out where it would be longer than `most` bytes of JSON, and the names of that. */
export function payloadWithin(
  message: PushMessage,
  most: number,
): { readonly payload: Record<string, string>; readonly omitted: readonly string[] } {
  const payload = payloadOf(message);
  const omitted: string[] = [];
  for (const name of dispensable) {
    if (Buffer.byteLength(JSON.stringify(payload)) <= most) break;
    if (payload[name] !== undefined) omitted.push(name);
    delete payload[name];
  }
  return { payload, omitted };
}

/** What came of it, with what was left out of what the app has got. */
export const withOmitted = (outcome: PushOutcome, omitted: readonly string[]): PushOutcome =>
  outcome.outcome === 'sent' && omitted.length > 0 ? { ...outcome, omitted } : outcome;

/** What the notification is headed with. */
export function titleOf({ kind, info, callerName, caller }: PushMessage): string {
  if (kind === 'test') return 'Ringback';
  if (kind === 'cancel') return callerName === '' ? caller : callerName;
  return info.title ?? (callerName === '' ? caller : callerName);
}

/** What a cancel says when the callee has heard of the call at another device. */
const elsewhere: Readonly<Partial<Record<string, string>>> = {
  answered: 'Answered on another device',
  rejected: 'Declined on another device',
};

/** What the notification says. */
export function textOf({ kind, info, mediaType, reason }: PushMessage): string {
  if (kind === 'test') return 'A test push.';
  if (kind === 'cancel') return elsewhere[reason] ?? 'Missed call';
  return info.text ?? (mediaType === 'Video' ? 'Incoming video call' : 'Incoming call');
}

/** s that a push service keeps a cancel at least, and a test. */
const shortest = 60;

/**
 * s that a push service may keep it for: a ring that is over must not ring, and a cancel must not go before the ring does that
 * it takes back.
 */
export function secondsToLive({ kind, ring }: PushMessage, now: number): number {
  const left = Math.max(0, (ring.deadline - now) / 1000);
  if (kind === 'ring') return Math.floor(left);
  return kind === 'cancel' ? Math.max(shortest, Math.ceil(left)) : shortest;
}
