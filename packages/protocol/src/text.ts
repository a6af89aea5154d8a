/** Checks on strings of the wire that a JSON schema cannot say. */

/** Bytes of the UTF-8 form, without making it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += unit >= 0x800 ? 2 : 1;
    // A surrogate pair is two units and four bytes, so each half counts one less than above.
    if (unit >= 0xd800 && unit <= 0xdfff) bytes -= 1;
  }
  return bytes;
}

const userIdPattern = /^[\x20-\x7e]{1,32}$/;

/** 1 to 32 bytes of printable ASCII (wire facts, section 7.1). */
export const isUserId = (text: string): boolean => userIdPattern.test(text);

// The 89 characters of a string room id: letters, digits, blank and the marks listed in the wire facts, section 8.4.
const roomPattern = /^[A-Za-z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/;

/** A string room id: at most 64 bytes of the documented alphabet. */
export const isStringRoomId = (text: string): boolean => roomPattern.test(text);

const numericRoomPattern = /^[1-9][0-9]{0,9}$/;

/** A numeric room id written as a decimal, 1 to 2147483647. */
export const isNumericRoomId = (text: string): boolean =>
  numericRoomPattern.test(text) && Number(text) <= 2_147_483_647;

const callIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The form of the call ids that this server makes: a lower-case UUID v4. */
export const isCallId = (text: string): boolean => callIdPattern.test(text);

const groupIdPattern = /^[\x20-\x7e]{1,48}$/;

/** 1 to 48 bytes of printable ASCII (wire facts, section 7.2). */
export const isGroupId = (text: string): boolean => groupIdPattern.test(text);

/** What ids of groups begin with that the server makes; nobody else may choose such a one. */
export const serverGroupPrefix = '@TGS#';
