import type { CallRecord } from 'ringback-engine';
import { Refusal } from 'ringback-protocol';
import { Type } from 'typebox';
import type { RecordCriteria, RecordPlace } from '../ports/record-search.ts';
import { appOf } from './app-view.ts';
import { OpenStreams } from './open-streams.ts';
import type { OperationContext } from './operation.ts';
import { criteriaOf, recordFilterFields } from './record-fields.ts';
import { refuse } from './refusals.ts';
import { adminStream, type StreamHost } from './stream.ts';

/** Records that are read at once; other work goes on in between. */
const atOnce = 500;

/** Those that one operator, and all of them, can have open. */
const open = new OpenStreams({ perOperator: 10, inAll: 200 });

/** Columns in the words of the API. Times in ms. */
const columns: readonly (readonly [string, (record: CallRecord) => string | number | readonly string[]])[] = [
  ['CallId', ({ callId }) => callId],
  ['CallType', ({ callType }) => callType],
  ['MediaType', ({ mediaType }) => mediaType],
  ['Caller_Account', ({ caller }) => caller],
  ['CalleeList_Account', ({ members }) => members],
  ['StartTime', ({ startedAt }) => startedAt],
  ['AcceptTime', ({ acceptedAt }) => acceptedAt],
  ['EndTime', ({ endedAt }) => endedAt],
  ['CallResult', ({ result }) => result],
  ['RoomId', ({ roomId }) => roomId],
  ['RoomIdType', ({ roomIdType }) => roomIdType],
  ['ChatGroupId', ({ chatGroupId }) => chatGroupId],
];

/** A field of CSV on one line. What a spreadsheet would take for a formula begins with an apostrophe. */
function csvField(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value);
  let text = typeof value === 'string' ? value : JSON.stringify(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  text = text.replace(/[\r\n]+/g, ' ');
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const forms = {
  csv: {
    type: 'text/csv; charset=utf-8',
    head: `${columns.map(([name]) => name).join(',')}\r\n`,
    line: (record: CallRecord): string => `${columns.map(([, read]) => csvField(read(record))).join(',')}\r\n`,
  },
  jsonl: {
    type: 'application/jsonl',
    head: '',
    line: (record: CallRecord): string =>
      `${JSON.stringify(Object.fromEntries(columns.map(([name, read]) => [name, read(record)])))}\n`,
  },
};

export const exportRecords = adminStream({
  name: 'records.export',
  doc: 'All records that match, however many, as CSV or as JSON Lines; the header X-Total-Count says how many are to come.',
  role: 'viewer',
  http: ['GET', '/apps/:app/exports/records'],
  input: Type.Object(
    { ...recordFilterFields, format: Type.Enum(['csv', 'jsonl'] as const, { description: 'one of csv, jsonl' }) },
    { additionalProperties: false },
  ),
  content: {
    'text/csv': 'A line of names, then a line for each record; members are a JSON array.',
    'application/jsonl': 'An object on each line.',
  },
  audited: true,
  async open(context, { app, format, order = 'asc', ...filter }, { who }, host) {
    const { sdkAppId } = appOf(context.apps, app);
    const most = open.full(who);
    if (most !== undefined) throw refuse('exports_too_many', { most });
    open.add(who, host);
    // A window that stands still while calls go on ending: what has ended later is not counted, and may not appear.
    const until = context.clock.now();
    const criteria = criteriaOf({ ...filter, to: Math.min(filter.to ?? until, until) }, until);
    const total = await context.search.count(sdkAppId, criteria);
    const { type, head, line } = forms[format];
    const name = `calls-${app}-${new Date(until).toISOString().slice(0, 10)}.${format}`;
    return {
      headers: {
        'content-type': type,
        'content-disposition': `attachment; filename="${name}"`,
        'x-total-count': String(total),
      },
      pieces: lines(context, sdkAppId, criteria, { newestFirst: order === 'desc', until, head, line, host }),
    };
  },
});

async function* lines(
  { search }: OperationContext,
  app: Parameters<OperationContext['search']['search']>[0],
  criteria: RecordCriteria,
  how: {
    readonly newestFirst: boolean;
    readonly until: number;
    readonly head: string;
    readonly line: (record: CallRecord) => string;
    readonly host: StreamHost;
  },
): AsyncIterable<string> {
  if (how.head !== '') yield how.head;
  for (let after: RecordPlace | undefined; ; ) {
    const { newestFirst, host } = how;
    if (host.signal.aborted) return;
    // The connection breaks, so that what was sent so far does not pass for all of it.
    if (!host.allowed()) throw new Refusal('console_session');
    const page = await search.search(app, { ...criteria, newestFirst, limit: atOnce, ...(after && { after }) });
    const text = page
      .filter(({ endedAt }) => endedAt <= how.until)
      .map(how.line)
      .join('');
    if (text !== '') yield text;
    const last = page.at(-1);
    if (page.length < atOnce || last === undefined) return;
    after = { startedAt: Math.floor(last.startedAt / 1000), callId: last.callId };
    // The embedded database answers at once: others get their turn here.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
