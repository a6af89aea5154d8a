import type { PendingEvent } from '../ports/outbox.ts';
import type { WebhookFormat } from '../ports/webhook-format.ts';
import { standardFormat } from './events/format.ts';
import type { Format } from './format.ts';
import { legacyFormat } from './legacy/format.ts';
import { targetOf } from './url.ts';

/** What deliveries look like, by the format of their endpoint. */
export const formats: Readonly<Record<WebhookFormat, Format>> = { v4: standardFormat, v1: legacyFormat };

/** The URL of a delivery, without what proves the sender. */
export function deliveryUrl(
  event: Pick<PendingEvent, 'app' | 'command' | 'clientIp' | 'platform' | 'format'>,
  url: string,
): string {
  const { origin, path } = targetOf(url);
  return origin + path + formats[event.format].query(event.app, event);
}
