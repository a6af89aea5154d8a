import type { Call } from 'ringback-engine';
import type { CallPlace } from '../ports/store.ts';

/** Whether a call is of that room and that group. */
export const isPlaced = (call: Call, { roomId, roomIdType, chatGroupId }: CallPlace): boolean =>
  (roomId === '' || (call.roomId === roomId && call.roomIdType === roomIdType)) &&
  (chatGroupId === '' || call.chatGroupId === chatGroupId);
