import { randomInt } from 'node:crypto';
import { type GroupId, type GroupType, serverGroupPrefix, groupId as toGroupId } from 'ringback-protocol';

/** What the ids of a type begin with after the prefix. */
const firstSigns: Readonly<Record<GroupType, string>> = {
  Private: '1',
  Public: '2',
  ChatRoom: '3',
  BChatRoom: '4',
  Community: '5',
  AVChatRoom: 'a',
};

const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** An id for a new group of a type. */
export function newGroupId(type: GroupType): GroupId {
  let text = `${serverGroupPrefix}${firstSigns[type]}`;
  for (let i = 0; i < 8; i += 1) text += signs[randomInt(signs.length)];
  return toGroupId(text);
}

/** One that no other group has. */
export async function freeGroupId(type: GroupType, isFree: (id: GroupId) => Promise<boolean>): Promise<GroupId> {
  for (;;) {
    const made = newGroupId(type);
    if (await isFree(made)) return made;
  }
}
