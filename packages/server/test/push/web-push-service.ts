import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';

/** A browser's side of a push subscription. */
export interface Subscribed {
  /** As `JSON.stringify` makes it of a PushSubscription. */
  readonly json: string;
  readonly keys: ECDH;
  readonly auth: Buffer;
}

/** A subscription with keys of its own, at a push service. */
export function subscriptionFor(endpoint: string): Subscribed {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const auth = randomBytes(16);
  const p256dh = keys.getPublicKey().toString('base64url');
  const json = JSON.stringify({ endpoint, expirationTime: null, keys: { p256dh, auth: auth.toString('base64url') } });
  return { json, keys, auth };
}

/** Decrypts a push as a browser does: RFC 8291 over `aes128gcm` of RFC 8188, one record. */
export function decryptPush(body: Buffer, { keys, auth }: Pick<Subscribed, 'keys' | 'auth'>): string {
  const salt = body.subarray(0, 16);
  const idLength = body[20] ?? 0;
  const sender = body.subarray(21, 21 + idLength);
  const sealed = body.subarray(21 + idLength);
  const derive = (secret: Buffer, from: Buffer, info: Buffer, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, from, info, length));
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const secret = derive(keys.computeSecret(sender), auth, keyInfo, 32);
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  // The record ends with a delimiter of 2 and zeros.
  return plain.subarray(0, plain.lastIndexOf(2)).toString('utf8');
}
