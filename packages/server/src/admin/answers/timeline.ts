import { Type } from 'typebox';
import { pushNoteFields } from './push.ts';

const text = Type.String();
const number = Type.Integer();
const at = Type.Integer({ description: 'ms' });
const users = Type.Array(text);

const step = Type.Object({
  at,
  kind: Type.Literal('step'),
  seq: number,
  eventSeq: number,
  type: Type.String({ description: 'The event: start, accept, hangUp, timeout, leaseLost, …' }),
  cause: Type.String({ description: 'device, rest, operator, timer, lease' }),
  actor: text,
  device: text,
  requestId: text,
  reason: Type.String({ description: 'A code that pages say in words.' }),
  data: Type.Optional(Type.Record(text, Type.Unknown())),
  changed: Type.Array(Type.Object({ userId: text, action: text, by: Type.Optional(text) })),
  ends: Type.Optional(Type.String({ description: 'The result, when the call ended with this step.' })),
});

const request = Type.Object({
  at,
  kind: Type.Literal('request'),
  requestId: text,
  seq: Type.Integer({ description: 'The step that it caused.' }),
  remembered: Type.Boolean({ description: 'False: code, took and address are not known.' }),
  command: text,
  code: number,
  took: Type.Number({ description: 'ms' }),
  clientIp: text,
});

const notice = Type.Object({
  at,
  kind: Type.Literal('notice'),
  seq: number,
  method: Type.String({ description: 'callReceived, callChanged, callEnded' }),
  to: users,
  reason: Type.Optional(Type.Integer({ description: 'Of callEnded: why, as devices are told.' })),
  userId: Type.Optional(text),
});

const webhook = Type.Object({
  at,
  kind: Type.Literal('webhook'),
  webhookId: text,
  endpoint: text,
  command: text,
  eventSeq: number,
  attempt: number,
  outcome: text,
  status: number,
  took: number,
  error: text,
  nextAt: at,
});

const media = Type.Object({
  at,
  kind: Type.Literal('media'),
  what: Type.String({ description: 'moved, openFailed, lost, failed, gaveUp' }),
  from: Type.Optional(text),
  to: Type.Optional(text),
  provider: Type.Optional(text),
  text: Type.Optional(text),
  userId: Type.Optional(text),
});

const push = Type.Object({ at, kind: Type.Literal('push'), ...pushNoteFields });

/** A call, and all that happened to it in the order of time. */
export const timelineAnswer = Type.Object({
  call: Type.Object({
    app: number,
    callId: text,
    live: Type.Boolean(),
    callType: text,
    mediaType: text,
    chatGroupId: Type.String({ description: 'Empty unless it is the call of a group.' }),
    roomId: text,
    caller: text,
    members: users,
    startedAt: at,
    acceptedAt: at,
    endedAt: at,
    result: Type.String({ description: 'Empty while live.' }),
  }),
  entries: Type.Array(Type.Union([step, request, notice, webhook, media, push])),
  truncated: Type.Boolean({ description: 'There is more than was asked for.' }),
});
