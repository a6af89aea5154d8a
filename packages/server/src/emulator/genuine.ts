import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { webhookSecretKey } from '../auth/webhook-secret.ts';

/** Whether text was signed with a secret (Standard Webhooks): over the bytes as they came, in constant time, as the guide shows it. */
export function isGenuine(secret: string, headers: IncomingHttpHeaders, text: string): boolean {
  if (secret === '') return false;
  const signed = `${String(headers['webhook-id'] ?? '')}.${String(headers['webhook-timestamp'])}.${text}`;
  const wanted = createHmac('sha256', webhookSecretKey(secret)).update(signed).digest();
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
}
