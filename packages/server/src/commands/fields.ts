import { bounds, isUserId, Refusal, type UserId, userId, utf8Length } from 'ringback-protocol';

/** The text as a user id; `field` is to blame when it cannot be one. */
export function readAccount(text: string, field: string): UserId {
  if (isUserId(text)) return userId(text);
  throw new Refusal('bad_params', `${field} must be 1 to ${bounds.userIdBytes} printable ASCII characters`, field);
}

/** Checks text against a limit in bytes of UTF-8. */
export function checkBytes(text: string, most: number, field: string): void {
  if (utf8Length(text) > most) throw new Refusal('bad_params', `${field} must not be longer than ${most} bytes`, field);
}
