import { createPrivateKey, sign } from 'node:crypto';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JSON web token, signed with a private key in PEM. Throws when the key cannot sign with this algorithm. */
export function signedJwt(options: {
  readonly algorithm: 'RS256' | 'ES256';
  readonly key: string;
  readonly keyId?: string;
  readonly claims: object;
}): string {
  const { algorithm, keyId, claims } = options;
  const head = { alg: algorithm, typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
  const text = `${part(head)}.${part(claims)}`;
  const key = createPrivateKey(options.key);
  const made = sign('sha256', Buffer.from(text), algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key);
  return `${text}.${made.toString('base64url')}`;
}
