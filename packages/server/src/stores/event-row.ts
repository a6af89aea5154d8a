import type { CallId, SdkAppId } from 'ringback-protocol';
import type { PendingEvent } from '../ports/outbox.ts';
import type { WebhookFormat } from '../ports/webhook-format.ts';

/** An event and one endpoint of it, as statements read them. */
export interface EventRow {
  readonly app: SdkAppId;
  readonly endpoint: string;
  readonly started_at: number;
  readonly call_id: CallId;
  readonly event_seq: number;
  readonly format: WebhookFormat;
  readonly part: number;
  readonly command: string;
  readonly event_time: number;
  readonly body: string;
  readonly client_ip: string;
  readonly platform: string;
  readonly first_at: number;
  readonly attempts: number;
}

/** What the table `events`, as `e`, adds to a key. */
export const eventColumns = 'e.command, e.event_time, e.body, e.client_ip, e.platform';

/** Finds the event of a row of another table. */
export const joinsEvent = (other: string): string =>
  ['app', 'started_at', 'call_id', 'event_seq', 'format', 'part']
    .map((name) => `e.${name} = ${other}.${name}`)
    .join(' AND ');

export const eventOf = (row: EventRow): PendingEvent => ({
  app: row.app,
  endpoint: row.endpoint,
  startedAt: row.started_at,
  callId: row.call_id,
  eventSeq: row.event_seq,
  format: row.format,
  part: row.part,
  command: row.command,
  eventTime: row.event_time,
  body: row.body,
  clientIp: row.client_ip,
  platform: row.platform,
  firstAt: row.first_at,
  attempts: row.attempts,
});
