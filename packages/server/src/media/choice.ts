import { type Call, type Member, present } from 'ringback-engine';

/** The setting `media.provider`. */
export type ProviderSetting = 'auto' | 'sfu' | 'janus' | 'p2p';

/** A member who is in the call with a device; robots have none. */
export const hasMedia = (member: Member): boolean => member.status === 'Calling' && member.device !== '';

/** How the media of a call should go. `stay`: as it goes now, if it goes at all. */
export type Choice = 'p2p' | 'room' | 'stay';

/** Chooses by setting and size. Once in a room, a call stays there. */
export function choose(options: {
  readonly setting: ProviderSetting;
  readonly call: Call;
  /** What carries it now. */
  readonly now: 'p2p' | 'room' | undefined;
  /** A room could be had: there is a provider. */
  readonly rooms: boolean;
  /** The two could not reach each other. */
  readonly p2pFailed: boolean;
}): Choice {
  const { setting, call, now, rooms, p2pFailed } = options;
  const devices = present(call).filter(hasMedia).length;
  // Nobody has accepted yet, or nobody is there to hear.
  if (call.acceptedAt === 0 || (devices < 2 && now === undefined)) return 'stay';
  if (now === 'room') return 'stay';
  const pair = call.callType === 'SingleCall' && devices === 2;
  if (pair && !(p2pFailed && rooms) && (setting === 'auto' || setting === 'p2p')) return now === 'p2p' ? 'stay' : 'p2p';
  return rooms ? 'room' : 'stay';
}
