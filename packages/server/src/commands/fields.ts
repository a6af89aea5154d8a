import { bounds, isUserId, Refusal, type UserId, userId, utf8Length } from 'ringback-protocol';
import Type from 'typebox';

/** Schemas that several commands share, and the checks on them that a schema cannot say. */
export const fields = {
  callId: () => Type.String({ description: 'The call, by the id that the server gave it.' }),
  account: (description: string) => Type.String({ description: `${description} A UserID of 1 to 32 bytes.` }),
  mediaType: () => Type.Enum(['Video', 'Audio'], { description: '`Video` or `Audio`; read in any case.' }),
  roomId: () => Type.String({ description: 'The media room; always a string, for numeric rooms too.' }),
  roomIdType: () => Type.Integer({ description: '1: a numeric room, 2: a string room.' }),
};

/** The text as a user id; `field` is to blame when it cannot be one. */
export function readAccount(text: string, field: string): UserId {
  if (isUserId(text)) return userId(text);
  throw new Refusal('bad_params', `${field} must be 1 to ${bounds.userIdBytes} printable ASCII characters`, field);
}

/** Checks text against a limit in bytes of UTF-8. */
export function checkBytes(text: string, most: number, field: string): void {
  if (utf8Length(text) > most) throw new Refusal('bad_params', `${field} must not be longer than ${most} bytes`, field);
}
