import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { webhookSecretKey } from '../auth/webhook-secret.ts';
import type { EventKey, NamedTold } from '../ports/outbox.ts';
import type { WebhookFormat } from '../ports/webhook-format.ts';

/** What names an event at its receivers; the format is v4 where nothing is said. */
interface NamedEvent extends Pick<EventKey, 'callId' | 'eventSeq' | 'part'> {
  readonly format?: WebhookFormat;
}

/**
 * The id of an event at its receivers: the same on every attempt and replay. Who takes both formats handles each id once,
 * so an event has an id of its own in each.
 */
export const webhookId = ({ callId, eventSeq, part, format }: NamedEvent): string => {
  const event = `${callId}-${eventSeq}`;
  if (format === 'v1') return `${event}-v1-${part}`;
  return part === 0 ? event : `${event}-${part}`;
};

/** What a `webhook-id` looks like. */
export const webhookIdPattern = '^[0-9a-f-]{36}-\\d{1,9}(-v1-\\d{1,4}|-[1-9]\\d{0,3})?$';

/** What `webhookId` was made of, from a text that matches `webhookIdPattern`. */
export function readWebhookId(text: string): { readonly callId: string; readonly event: NamedTold } {
  const [eventSeq, ...rest] = text.slice(37).split('-');
  const format = rest[0] === 'v1' ? 'v1' : 'v4';
  return { callId: text.slice(0, 36), event: { eventSeq: Number(eventSeq), format, part: Number(rest.at(-1) ?? 0) } };
}

/** Keys by their secrets; there are few, and each signs again and again. */
const keys = new Map<string, KeyObject>();
const mostKeys = 10_000;

function keyOf(secret: string): KeyObject {
  let key = keys.get(secret);
  if (key === undefined) {
    if (keys.size >= mostKeys) keys.clear();
    key = createSecretKey(webhookSecretKey(secret));
    keys.set(secret, key);
  }
  return key;
}

/**
 * The headers of Standard Webhooks. `seconds` since 1970; every secret signs, so that a receiver can change over. Without
 * one there is no signature, not an empty one.
 */
export function signedHeaders(id: string, seconds: number, body: string, secrets: readonly string[]): string[] {
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`,
  );
  const signed = signatures.length === 0 ? [] : ['webhook-signature', signatures.join(' ')];
  return ['webhook-id', id, 'webhook-timestamp', String(seconds), ...signed];
}

/** `Sign` of the query: SHA-256 of token and time, one behind the other. */
export const tokenSign = (token: string, seconds: number): string =>
  createHash('sha256').update(`${token}${seconds}`).digest('hex');
