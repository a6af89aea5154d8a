import { timingSafeEqual } from 'node:crypto';
import type { ErrorName } from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import { decodeUserSig, signatureOf, type UserSigFields } from './usersig.ts';

/** The key that a signature was made with. */
export interface SigningKey {
  readonly keyId: string;
  readonly secret: string;
}

/** A signature whose HMAC is right under one of the application's keys. */
export interface CheckedSig extends SigningKey {
  readonly fields: UserSigFields;
}

export type SigRefusal = Extract<
  ErrorName,
  | 'usersig_illegal'
  | 'identifier_mismatch'
  | 'sdkappid_mismatch'
  | 'usersig_expired'
  | 'usersig_revoked'
  | 'usersig_mismatch'
>;

export type Verdict =
  | { readonly ok: true; readonly checked: CheckedSig }
  | { readonly ok: false; readonly reason: SigRefusal; readonly detail?: string };

/** Checks 12 to 15 of the gateway, in that order. `nowMs` in ms, `revokedAt` in s (0 = never). */
export function verifyUserSig(app: App, identifier: string, text: string, nowMs: number, revokedAt: number): Verdict {
  const decoded = decodeUserSig(text);
  if (!decoded.ok) {
    const detail = `The UserSig in use is illegal. Please regenerate UserSig through official API: ${decoded.detail}.`;
    return { ok: false, reason: 'usersig_illegal', detail };
  }
  const { fields } = decoded;
  const claims = checkClaims(app, identifier, fields, nowMs, revokedAt);
  if (claims !== undefined) return claims;
  const given = Buffer.from(fields.sig, 'base64');
  for (const key of app.keys) {
    const right = signatureOf(fields, key.secret);
    if (given.length === right.length && timingSafeEqual(given, right)) {
      return { ok: true, checked: { fields, keyId: key.id, secret: key.secret } };
    }
  }
  return { ok: false, reason: 'usersig_mismatch' };
}

/** Whether the application still has a key. One that was removed and added anew under the same name is another. */
export const hasKey = (app: App, { keyId, secret }: SigningKey): boolean =>
  app.keys.some((key) => key.id === keyId && key.secret === secret);

/** Whether a signature of that time is void; both in s, `revokedAt` 0 = never. One that says no time is as old as can be. */
export const isRevoked = (issuedAt: number, revokedAt: number): boolean => revokedAt !== 0 && issuedAt <= revokedAt;

/** Checks 13 and 14: what the signature says about itself fits the request and the time. */
export function checkClaims(
  app: App,
  identifier: string,
  fields: UserSigFields,
  nowMs: number,
  revokedAt: number,
): (Verdict & { ok: false }) | undefined {
  if (fields.identifier !== identifier) return { ok: false, reason: 'identifier_mismatch' };
  if (fields.sdkAppId !== app.sdkAppId) return { ok: false, reason: 'sdkappid_mismatch' };
  const expiresAt = fields.time + fields.expire;
  const now = Math.floor(nowMs / 1000);
  if (now > expiresAt) {
    const detail = `The UserSig has expired ${now - expiresAt} s ago: it was made for ${fields.expire} s.`;
    return { ok: false, reason: 'usersig_expired', detail };
  }
  if (isRevoked(fields.time, revokedAt)) return { ok: false, reason: 'usersig_revoked' };
  return undefined;
}
