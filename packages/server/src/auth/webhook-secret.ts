import { createHmac, randomBytes } from 'node:crypto';

/** In front of a secret, so that it is known for what it is. */
const prefix = 'whsec_';

/** Bytes of a key; Standard Webhooks wants 24 to 64. */
const keyBytes = 32;

/** A new secret that signs webhooks. */
export const makeWebhookSecret = (): string => `${prefix}${randomBytes(keyBytes).toString('base64')}`;

/** The key of a secret. */
export const webhookSecretKey = (secret: string): Buffer =>
  Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64');

/** Whether text is a secret: `whsec_` and the base64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const key = webhookSecretKey(text);
  return key.length >= 24 && key.length <= 64 && `${prefix}${key.toString('base64')}` === text;
}

/** The secret of those who look on: it stays the same as long as the application's key does. */
export const listenSecret = (appKey: string): string =>
  `${prefix}${createHmac('sha256', appKey).update('ringback listen').digest('base64')}`;
