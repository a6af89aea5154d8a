import { legacyEvents, legacyResults } from 'ringback-protocol';
import { webhookEvents } from '../webhooks/events/index.ts';
import type { WebhookEvent } from '../webhooks/events/webhook-event.ts';
import { legacyPayload } from '../webhooks/legacy/body.ts';
import { json, rowsOf, type SchemaParts } from './commands-reference.ts';

const table = (schema: unknown): string =>
  `| member | type | |\n| --- | --- | --- |\n${rowsOf(schema as SchemaParts, '', true).join('\n')}`;

const section = ({ command, description, payload, example }: WebhookEvent): string =>
  [`## ${command}`, description, table(payload), '### Example', json(example)].join('\n\n');

const words = (list: readonly string[]): string => list.map((word) => `\`${word}\``).join(', ');

/** The reference page of the webhooks, made from their list. */
export function webhooksReference(): string {
  return `${[
    '# Webhooks',
    '<!-- Generated from packages/server/src/webhooks by `npm run docs`. -->',
    'What the server sends to the URL that `call_config/set_callback` sets, as `POST` with a JSON body and `Content-Type: application/json`. How to check that a delivery is genuine: [Verifying webhooks](../guides/verifying-webhooks.md).',
    [
      'The URL is the configured one, whose query is kept, with',
      '',
      '| parameter | |',
      '| --- | --- |',
      '| `SdkAppid` | the application |',
      '| `CallbackCommand` | the event |',
      '| `contenttype` | `json` |',
      '| `ClientIP` | the address of whoever caused it, an operator in the console too; of the start of the call for timers; empty for the command line |',
      '| `OptPlatform` | the platform of the same: `Web`, `Android`, `iOS`, …; `RESTAPI` for the REST API |',
      '| `Sign`, `RequestTime` | when a token is set: SHA-256 of token and time in hex, and the time in s |',
      '',
      'and these headers (Standard Webhooks):',
      '',
      '| header | |',
      '| --- | --- |',
      '| `webhook-id` | names the event; the same on every attempt and replay |',
      '| `webhook-timestamp` | of this attempt, in s since 1970 |',
      '| `webhook-signature` | `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>` in base64; two of them during a rotation |',
    ].join('\n'),
    [
      '## Delivery',
      '',
      '* Delivered is what is answered with HTTP 2xx within 5 s. The body of the answer does not matter; the documented one is',
      '  `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`. Redirects are not followed.',
      '* At least once: an event may come twice, with the same `webhook-id`, `EventTime` and body.',
      '* In order within a call: `EventSeq` counts its events without a gap. Different calls do not wait for each other.',
      '* An event is tried after 0, 1, 1, 2, 3 and 5 s, then ever more rarely up to once a minute. After 6 failures in a row one',
      '  attempt at a time asks whether the receiver is back; once it is, everything that waits follows in order.',
      '  `Retry-After` is honoured up to an hour.',
      '* 410 stops the endpoint until it is set anew or resumed (`ringback webhooks resume`). Nothing is lost meanwhile.',
      '* 96 hours after its first attempt an event is parked with the later events of its call. `ringback webhooks replay` sends',
      '  parked and delivered events again.',
    ].join('\n'),
    ...webhookEvents.map(section),
    '## Callbacks of the legacy API',
    'What the server sends to the address that `v1/callback/set` sets. The query holds `sdkappid`, `command`, `contenttype`, `clientip` and `optplatform`. Taken is an answer with `{"ErrorCode":0,"ErrorMessage":"Success"}`; else it is tried again after 1, 1, 2, 3 and 5 s, then parked. The headers of Standard Webhooks are there too; each callback has a `webhook-id` of its own, `<CallId>-<EventSeq>-v1-<n>`: one event of the webhooks above can be several here.',
    `While a call goes on: ${words(legacyEvents)}.`,
    `Once it is over: ${words(legacyResults)}. Of a group call \`normal_end\` only.`,
    table(legacyPayload),
    '### Example of a callback',
    json({
      UserId: 'bob',
      RoomId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      TotalNum: 2,
      MediaType: 'video',
      CallType: 'single',
      CallId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      Role: 'callee',
      CallResult: '',
      EventTime: 1_780_000_005,
      StartCallTs: 1_780_000_000,
      AcceptTs: 1_780_000_005,
      EndTs: 0,
    }),
  ].join('\n\n')}\n`;
}
