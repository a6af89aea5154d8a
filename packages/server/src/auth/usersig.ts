import { createHmac } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { bounds } from 'ringback-protocol';

/** What a UserSig says, form 2.0 (wire facts, section 6.1). Times in s. */
export interface UserSigFields {
  readonly identifier: string;
  readonly sdkAppId: number;
  /** When it was made. */
  readonly time: number;
  /** How long it lives. */
  readonly expire: number;
  /** Standard base64 of the bytes that came with it, if any did. */
  readonly userbuf?: string;
  /** Standard base64 of the HMAC. */
  readonly sig: string;
}

/** Why a text is no UserSig. */
export type UndecodableReason =
  | 'too_long'
  | 'not_base64'
  | 'not_zlib'
  | 'too_big'
  | 'not_json'
  | 'field_missing'
  | 'field_broken';

export type Decoded =
  | { readonly ok: true; readonly fields: UserSigFields }
  | { readonly ok: false; readonly reason: UndecodableReason; readonly detail: string };

/** The text under the HMAC: one line a field, the last one with its line end too. */
export function signedText(fields: Omit<UserSigFields, 'sig'>): string {
  const { identifier, sdkAppId, time, expire, userbuf } = fields;
  const lines = `TLS.identifier:${identifier}\nTLS.sdkappid:${sdkAppId}\nTLS.time:${time}\nTLS.expire:${expire}\n`;
  return userbuf === undefined ? lines : `${lines}TLS.userbuf:${userbuf}\n`;
}

/** The HMAC of the fields under a key. */
export const signatureOf = (fields: Omit<UserSigFields, 'sig'>, key: string): Buffer =>
  createHmac('sha256', key).update(signedText(fields)).digest();

/** Makes a UserSig. `now` and `expire` in s. */
export function makeUserSig(options: {
  readonly sdkAppId: number;
  readonly userId: string;
  readonly key: string;
  readonly expire: number;
  readonly now: number;
  readonly userbuf?: Buffer;
}): string {
  const { sdkAppId, userId, key, expire, now } = options;
  const userbuf = options.userbuf?.toString('base64');
  const fields = { identifier: userId, sdkAppId, time: now, expire, ...(userbuf === undefined ? {} : { userbuf }) };
  const json = JSON.stringify({
    'TLS.ver': '2.0',
    'TLS.identifier': userId,
    'TLS.sdkappid': sdkAppId,
    'TLS.time': now,
    'TLS.expire': expire,
    ...(userbuf === undefined ? {} : { 'TLS.userbuf': userbuf }),
    'TLS.sig': signatureOf(fields, key).toString('base64'),
  });
  return deflateSync(json).toString('base64').replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u001f\u007f]/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const alphabet = /^[A-Za-z0-9*-]+_{0,2}$/;

/** The bytes of the changed base64 alphabet (`*` `-` `_` for `+` `/` `=`); undefined when the text is not of it. */
export function decodeAlphabet(text: string): Buffer | undefined {
  if (!alphabet.test(text)) return undefined;
  return Buffer.from(text.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '='), 'base64');
}

const refuse = (reason: UndecodableReason, detail: string): Decoded => ({ ok: false, reason, detail });

/** Reads a UserSig without judging it. Bounded in time and memory, whatever the text is. */
export function decodeUserSig(text: string): Decoded {
  if (text.length > bounds.userSigBytes) return refuse('too_long', 'it is longer than any UserSig');
  const bytes = decodeAlphabet(text);
  if (bytes === undefined) return refuse('not_base64', 'it has characters that a UserSig cannot have');
  let json: string;
  try {
    const { buffer, engine } = inflateSync(bytes, {
      maxOutputLength: bounds.userSigInflatedBytes,
      info: true,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    // Else one signature could be written in as many ways as there are tails.
    if (engine.bytesWritten < bytes.length) return refuse('not_zlib', 'something follows its end');
    json = buffer.toString('utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') return refuse('too_big', 'it inflates to far more than a UserSig holds');
    if (code === 'Z_BUF_ERROR') return refuse('not_zlib', 'it is cut short');
    return refuse('not_zlib', 'it is not compressed with zlib, or it was damaged on the way');
  }
  return readFields(json);
}

/** Reads the JSON inside. Generators differ in order, blanks and in leaving out zeros; numbers may be written as text. */
export function readFields(json: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return refuse('not_json', 'what is inside is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('not_json', 'what is inside is not a JSON object');
  }
  const members = value as Readonly<Record<string, unknown>>;
  const identifier = members['TLS.identifier'];
  const sig = members['TLS.sig'];
  const userbuf = members['TLS.userbuf'];
  const sdkAppId = numberOf(members['TLS.sdkappid']);
  const time = numberOf(members['TLS.time'] ?? 0);
  const expire = numberOf(members['TLS.expire'] ?? 0);
  if (typeof identifier !== 'string') return refuse('field_missing', 'TLS.identifier is missing');
  if (typeof sig !== 'string') return refuse('field_missing', 'TLS.sig is missing');
  if (sdkAppId === undefined) return refuse('field_missing', 'TLS.sdkappid is missing or not a number');
  if (time === undefined) return refuse('field_missing', 'TLS.time is not a number');
  if (expire === undefined) return refuse('field_missing', 'TLS.expire is not a number');
  if (userbuf !== undefined && typeof userbuf !== 'string') return refuse('field_missing', 'TLS.userbuf is not text');
  // The signed text is made of lines: a line end inside a field would let one signature be read in two ways.
  if (controls.test(identifier)) return refuse('field_broken', 'TLS.identifier holds control characters');
  if (userbuf !== undefined && !base64.test(userbuf)) return refuse('field_broken', 'TLS.userbuf is not base64');
  const fields = { identifier, sdkAppId, time, expire, sig };
  // An empty userbuf is left out of the signed text by the generators.
  return { ok: true, fields: userbuf === undefined || userbuf === '' ? fields : { ...fields, userbuf } };
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}
