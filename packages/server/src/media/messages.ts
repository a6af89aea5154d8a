import {
  type DeviceMessageOf,
  type IceServer,
  type ServiceMessage,
  type SetupMessage,
  userId as toUserId,
  type UserId,
} from 'ringback-protocol';
import type { DeviceMessage, MediaProvider, ProviderMessage } from '../ports/media.ts';
import type { MemberMedia } from './member-media.ts';

/** How the media of a call goes. */
export type Way =
  /** The first of the peers does not give way. */
  | { readonly mode: 'p2p'; readonly peers: readonly [UserId, UserId] }
  | { readonly mode: 'room'; readonly provider: MediaProvider };

/** What tells a device where its media goes. */
export function setupOf(
  member: MemberMedia,
  others: readonly MemberMedia[],
  way: Way,
  iceServers: IceServer[],
): SetupMessage {
  const { epoch } = member;
  const members = others.map(({ userId, audio, video }) => ({ userId, audio, video }));
  if (way.mode === 'room') {
    const { name, layers } = way.provider;
    return { type: 'setup', epoch, iceServers, members, mode: 'room', provider: name, layers };
  }
  const [one, other] = way.peers;
  const isFirst = member.userId === one;
  const peer = isFirst ? other : one;
  return { type: 'setup', epoch, iceServers, members, mode: 'p2p', provider: 'p2p', peer, polite: !isFirst };
}

type RoomMessage = DeviceMessageOf<'offer' | 'answer' | 'candidate' | 'want'>;

/** What a room gets: the declared members only, without the epoch. */
export function roomDataOf(message: RoomMessage): DeviceMessage {
  switch (message.type) {
    case 'offer':
      return { type: 'offer', sdp: message.sdp };
    case 'answer':
      return { type: 'answer', n: message.n, sdp: message.sdp };
    case 'candidate':
      return { type: 'candidate', pc: message.pc, candidate: message.candidate, mid: message.mid };
    case 'want':
      return { type: 'want', userId: toUserId(message.userId), layer: message.layer };
  }
}

/** What a device gets of it. */
export const withEpoch = (data: ProviderMessage, epoch: number): ServiceMessage =>
  data.type === 'offer' ? { ...data, epoch, feeds: [...data.feeds] } : { ...data, epoch };
