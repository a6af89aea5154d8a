import { type Call, isLive, type Member, memberOf, pushOf } from 'ringback-engine';
import type { DeviceId } from 'ringback-protocol';
import type { CancelReason, DeviceToken, PushTarget, Ring } from '../ports/push.ts';

/** The ring of a member who is to be rung, or was. */
export const ringOf = ({ app, callId, startedAt }: Call, { userId, deadline }: Member): Ring => ({
  app,
  callId,
  startedAt,
  userId,
  deadline,
});

/** A ring among all of them. */
export const keyOf = ({ app, callId, userId, deadline }: Ring): string => `${app}/${callId}/${deadline}/${userId}`;

/** The member that a ring is or was for. */
export const ringer = (call: Call, { userId }: Pick<Ring, 'userId'>): Member | undefined =>
  call.members.find((member) => member.userId === userId);

/** Whether a member still rings as before: the same user can be invited again, and then it is another ring. */
export const ringsStill = (call: Call, was: Pick<Ring, 'userId' | 'deadline'>): boolean => {
  const now = isLive(call) ? memberOf(call, was.userId) : undefined;
  return now?.status === 'Waiting' && now.deadline === was.deadline;
};

/** Why a member rings no more. */
export function reasonOf(call: Call, was: Pick<Ring, 'userId'>): CancelReason {
  const now = ringer(call, was);
  if (now?.status === 'Calling') return 'answered';
  if (now?.outcome === 'Reject' || now?.outcome === 'Busy') return 'rejected';
  return now?.outcome === 'NotAnswer' ? 'timeout' : 'cancelled';
}

/** Why a ring is over, and on which device it was answered, as the call tells afterwards; cancelled where nothing is known of it. */
export function endOf(
  call: Call | undefined,
  ring: Pick<Ring, 'userId'>,
): { readonly reason: CancelReason; readonly by: DeviceId | '' } {
  const member = call && ringer(call, ring);
  if (call === undefined || member === undefined) return { reason: 'cancelled', by: '' };
  return { reason: reasonOf(call, member), by: member.device };
}

/** Whether a push went to this token. */
export const isTo = (target: PushTarget, token: DeviceToken): boolean =>
  target.device === token.device && target.provider === token.provider && target.channel === token.channel;

/** Of a device that has both kinds of token with a provider, the one that the invitation asks for; VoIP when it does not say. */
export function wantedTokens(call: Call, ring: Ring, tokens: readonly DeviceToken[]): readonly DeviceToken[] {
  const member = ringer(call, ring);
  const channel = (member && pushOf(call, member).iosChannel) ?? 'voip';
  const hasOther = ({ device, provider }: DeviceToken): boolean =>
    tokens.some((other) => other.device === device && other.provider === provider && other.channel === channel);
  return tokens.filter((token) => token.channel === channel || !hasOther(token));
}
