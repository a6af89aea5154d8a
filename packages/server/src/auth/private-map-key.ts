/** The userbuf of a signature that opens a media room (wire facts, section 6.2). */
export interface RoomPrivilege {
  readonly userId: string;
  readonly sdkAppId: number;
  /** A number for a numeric room, text for a string room. */
  readonly room: number | string;
  /** s since 1970. */
  readonly expiresAt: number;
  /** Bits: 1 create, 2 enter, 4/8 send/receive audio, 16/32 video, 64/128 sub-stream. */
  readonly privileges: number;
}

/** Writes the userbuf. */
export function makeRoomPrivilege(privilege: RoomPrivilege): Buffer {
  const { userId, sdkAppId, room, expiresAt, privileges } = privilege;
  const account = Buffer.from(userId);
  const text = typeof room === 'string' ? Buffer.from(room) : undefined;
  const numbers = Buffer.alloc(20);
  const words = [sdkAppId, typeof room === 'number' ? room : 0, expiresAt, privileges, 0];
  for (const [index, word] of words.entries()) numbers.writeUInt32BE(word, index * 4);
  const head = Buffer.from([text === undefined ? 0 : 1, 0, 0]);
  head.writeUInt16BE(account.length, 1);
  if (text === undefined) return Buffer.concat([head, account, numbers]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([head, account, numbers, length, text]);
}
