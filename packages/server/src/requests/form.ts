import {
  bounds,
  isNumericRoomId,
  isStringRoomId,
  type MediaType,
  Refusal,
  type RoomIdType,
  utf8Length,
} from 'ringback-protocol';

/** Rules of form that a JSON schema cannot say. They refuse as a violation of the schema would. */
const wrong = (field: string, must: string): Refusal =>
  new Refusal('frame_bad_params', `${field} must be ${must}`, field);

/** Text that is optional on the wire: absent is empty. Sizes are bytes of UTF-8. */
export function textOf(field: string, value: string | undefined, maxBytes: number): string {
  if (value === undefined) return '';
  if (utf8Length(value) > maxBytes) throw wrong(field, `text of at most ${maxBytes} bytes of UTF-8`);
  return value;
}

/** The schema has let through nothing but the two words, in any case. */
export const mediaTypeOf = (value: string): MediaType => (value.toLowerCase() === 'audio' ? 'Audio' : 'Video');

/** ms. 0 stands for the default, as devices know it. */
export function timeoutOf(value: number | undefined): number {
  if (value === undefined || value === 0) return bounds.ringTimeoutDefault;
  if (value < bounds.ringTimeoutMin) {
    throw wrong('timeoutMs', `0, or ${bounds.ringTimeoutMin} to ${bounds.ringTimeoutMax} (ms)`);
  }
  return value;
}

/** The media room of a call; empty and 0 when the server shall allot one. */
export function roomOf(
  roomId: string | undefined,
  roomIdType: RoomIdType | undefined,
): { readonly roomId: string; readonly roomIdType: RoomIdType } {
  if (roomId === undefined || roomId === '') return { roomId: '', roomIdType: 0 };
  if (roomIdType === 1) {
    if (!isNumericRoomId(roomId)) throw wrong('roomId', `a decimal number from 1 to ${bounds.roomIdMax}`);
    return { roomId, roomIdType: 1 };
  }
  if (!isStringRoomId(roomId)) {
    throw wrong(
      'roomId',
      `1 to ${bounds.roomIdBytes} letters, digits, blanks and marks out of !#$%&()+-:;<=.>?@[]^_{}|~,`,
    );
  }
  return { roomId, roomIdType: 2 };
}
