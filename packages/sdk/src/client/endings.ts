import type { Call } from './call.ts';

/** Reasons of ends that the server cannot be asked about. */
export const endings = { hungUp: 1, rejected: 2, offline: 4, cancelled: 6 } as const;

/** How a call ends that this user leaves; `ringing`: where it only rings here. */
export function ownEnd({ status, role }: Call, ringing: number): number {
  if (status === 'connected') return endings.hungUp;
  return role === 'caller' ? endings.cancelled : ringing;
}
