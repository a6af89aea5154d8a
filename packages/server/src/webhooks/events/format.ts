import type { EventfulStep } from '../../ports/outbox.ts';
import type { Format, Telling } from '../format.ts';
import { standardPolicy } from '../retry.ts';
import { webhookEvents } from './index.ts';

const byKind = new Map(webhookEvents.map((event) => [event.kind, event]));

/** What `OptPlatform` may say; devices can name others, which are `Unknown` here. */
const wirePlatforms: ReadonlySet<string> = new Set([
  'RESTAPI',
  'Web',
  'Android',
  'iOS',
  'Windows',
  'macOS',
  'iPad',
  'Unknown',
]);

/** Deliveries of the API. Taken = HTTP 2xx, whatever the body says. */
export const standardFormat: Format = {
  commands: webhookEvents.map(({ command }) => command),
  tell: ({ call, events }: EventfulStep): readonly Telling[] =>
    events.flatMap((event) => {
      const declared = byKind.get(event.kind);
      if (declared === undefined) return [];
      const { eventSeq, eventTime } = event;
      return [{ eventSeq, part: 0, eventTime, command: declared.command, body: declared.render(call, event) }];
    }),
  query: (app, { command, clientIp, platform }) =>
    `SdkAppid=${app}&CallbackCommand=${encodeURIComponent(command)}&contenttype=json` +
    `&ClientIP=${encodeURIComponent(clientIp)}&OptPlatform=${wirePlatforms.has(platform) ? platform : 'Unknown'}`,
  complaint: (status) => (status >= 200 && status < 300 ? '' : `The receiver answered HTTP ${status}.`),
  policy: standardPolicy,
};
