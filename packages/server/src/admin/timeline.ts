import type { Call, CallRecord } from 'ringback-engine';
import { callId, isCallId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { HistoryEntry } from '../ports/store.ts';
import { webhookId } from '../webhooks/sign.ts';
import { timelineAnswer } from './answers/timeline.ts';
import { appOf } from './app-view.ts';
import { callIdField, sdkAppIdField } from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { refuse } from './refusals.ts';
import { noticesOf } from './timeline-notices.ts';
import { reasonOfStep } from './timeline-reason.ts';

/** One thing on the time axis of a call; pages say it in words. */
export interface TimelineEntry {
  /** ms. */
  readonly at: number;
  readonly kind: 'step' | 'request' | 'notice' | 'webhook' | 'media' | 'push';
}

/** Of the same moment: what was asked, what came of it, who was told. */
const order = { request: 0, step: 1, notice: 2, media: 3, push: 4, webhook: 5 };

export const callTimeline = operation({
  name: 'calls.timeline',
  doc: 'Everything that happened to a call, on one axis: steps with their causes, REST requests, notices, webhooks, media, pushes.',
  role: 'viewer',
  http: ['GET', '/apps/:app/calls/:callId/timeline'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      callId: callIdField,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'from 1 to 10000' })),
    },
    { additionalProperties: false },
  ),
  answer: timelineAnswer,
  async handle(context, { app, callId: id, limit = 2000 }) {
    const { sdkAppId } = appOf(context.apps, app);
    if (!isCallId(id)) throw refuse('call_nowhere', { callId: id }, 'callId');
    const wanted = callId(id);
    const call = await context.store.read(sdkAppId, wanted);
    const record = call === undefined ? await context.store.record(sdkAppId, wanted) : undefined;
    const found = call ?? record;
    if (found === undefined) throw refuse('call_nowhere', { callId: id }, 'callId');
    const place = { app: sdkAppId, callId: wanted, startedAt: found.startedAt };
    const history = await context.store.history(sdkAppId, wanted, -1, limit);
    const attempts = await context.pending.attempts(sdkAppId, { call: place }, undefined, Math.min(limit, 1000));
    const media = await context.mediaEvents.of(place, limit);
    const pushes = await context.pushLog.of(place, limit);
    const entries: TimelineEntry[] = [
      ...history.flatMap((entry) => [...requestOf(context, entry), stepOf(entry, record), ...noticesFor(entry, found)]),
      ...attempts.map((one) => webhookOf(one)),
      ...media.map(({ at, event }) => ({ at, kind: 'media' as const, ...event })),
      ...pushes.map(({ at, event }) => ({ at, kind: 'push' as const, ...event })),
    ];
    entries.sort((a, b) => a.at - b.at || order[a.kind] - order[b.kind]);
    return {
      call: headOf(found, call, record),
      // The newest, as of the history: how it ended, and why.
      entries: entries.slice(-limit),
      truncated: entries.length > limit || history.length === limit || attempts.length === Math.min(limit, 1000),
    };
  },
});

function headOf(found: Call | CallRecord, call: Call | undefined, record: CallRecord | undefined) {
  const { app, callId: id, caller, startedAt, acceptedAt, endedAt } = found;
  const { callType, mediaType, chatGroupId, roomId } = found;
  const members = record?.members ?? call?.members.map(({ userId }) => userId) ?? [];
  const live = call !== undefined;
  const times = { startedAt, acceptedAt, endedAt };
  const kind = { callType, mediaType, chatGroupId, roomId };
  return { app, callId: id, live, ...kind, caller, members, ...times, result: record?.result ?? '' };
}

function stepOf(entry: HistoryEntry, record: CallRecord | undefined): TimelineEntry {
  const { at, seq, eventSeq, type, cause, actor, device, requestId, events } = entry;
  const changed = events.flatMap((event) => event.changed);
  const ends = events.some(({ kind }) => kind === 'EndCall');
  const who = { cause, actor, device, requestId: cause === 'rest' ? requestId : '' };
  const step = { at, kind: 'step', seq, eventSeq, type, ...who, ...reasonOfStep(entry, record), changed } as const;
  return ends && record !== undefined ? Object.assign(step, { ends: record.result }) : step;
}

/** What is known of the commands that change calls, for requests that this node does not remember. */
const commandOf: Readonly<Record<string, string>> = {
  start: 'call_engine_http_srv/start_call_by_robot',
  end: 'call_engine_http_srv/end_call',
};

function requestOf({ requests }: OperationContext, entry: HistoryEntry): readonly TimelineEntry[] {
  if (entry.cause !== 'rest' || entry.requestId === '') return [];
  const { requestId, seq } = entry;
  const kept = requests?.find(requestId);
  // It was answered after the step; what it asked for was before.
  const at = Math.min(entry.at, kept === undefined ? entry.at : Math.floor(kept.at - kept.took));
  const facts =
    kept === undefined
      ? { command: commandOf[entry.type] ?? '', code: 0, took: 0, clientIp: '' }
      : { command: kept.command, code: kept.code, took: kept.took, clientIp: kept.clientIp };
  return [
    Object.assign({ at, kind: 'request' as const }, { requestId, seq, remembered: kept !== undefined, ...facts }),
  ];
}

function noticesFor(entry: HistoryEntry, found: Call | CallRecord): readonly TimelineEntry[] {
  // Only a robot's call is started by REST.
  const robot = entry.cause === 'rest' && entry.type === 'start' ? found.caller : robotOf(found);
  return noticesOf(entry, found, robot).map((notice) =>
    Object.assign({ at: entry.at, kind: 'notice' as const }, { seq: entry.seq, ...notice }),
  );
}

const robotOf = (found: Call | CallRecord) =>
  'version' in found ? found.members.find(({ robot }) => robot)?.userId : undefined;

function webhookOf(one: Awaited<ReturnType<OperationContext['pending']['attempts']>>[number]): TimelineEntry {
  const { at, endpoint, command, eventSeq, attempt, outcome, status, took, error, nextAt } = one;
  const facts = { endpoint, command, eventSeq, attempt, outcome, status, took, error, nextAt };
  return Object.assign({ at, kind: 'webhook' as const }, { ...facts, webhookId: webhookId(one) });
}
