import { type Call, present } from 'ringback-engine';
import {
  type CallId,
  type CallType,
  callId,
  isCallId,
  type MediaType,
  type MemberStatus,
  sdkAppId,
  type UserId,
} from 'ringback-protocol';
import { Type } from 'typebox';
import type { Carrier } from '../ports/media.ts';
import { liveCallAnswer } from './answers/live-call.ts';
import { appOf } from './app-view.ts';
import { callIdField, limitField, pageField, sdkAppIdField, userIdField } from './fields.ts';
import { causeOf, type MediaFacts, type OperationContext, operation } from './operation.ts';
import { readPlace, writePlace } from './record-fields.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

/** A live call as operators see it. Times in ms. */
export interface LiveCall {
  readonly app: number;
  readonly callId: CallId;
  readonly callType: CallType;
  readonly mediaType: MediaType;
  /** What carries its media now: `p2p`, `sfu`, `janus`; empty when nothing does, or another node has it. */
  readonly carrier: Carrier | '';
  readonly caller: UserId;
  readonly startedAt: number;
  /** 0 until somebody has accepted. */
  readonly acceptedAt: number;
  readonly roomId: string;
  readonly roomIdType: number;
  readonly chatGroupId: string;
  /** Who rings or talks, the caller first. */
  readonly members: readonly {
    readonly userId: UserId;
    readonly status: MemberStatus;
    /** Empty while ringing, and for a robot. */
    readonly device: string;
    /** ms; the invitation runs out then. 0 when not ringing. */
    readonly deadline: number;
    readonly robot: boolean;
  }[];
}

/** What operators see of a live call. */
export const liveCall = (call: Call, media?: MediaFacts): LiveCall => ({
  app: call.app,
  callId: call.callId,
  callType: call.callType,
  mediaType: call.mediaType,
  carrier: media?.carrierOf(call.app, call.callId) ?? '',
  caller: call.caller,
  startedAt: call.startedAt,
  acceptedAt: call.acceptedAt,
  roomId: call.roomId,
  roomIdType: call.roomIdType,
  chatGroupId: call.chatGroupId,
  members: present(call).map(({ userId, status, device, deadline, robot }) => ({
    userId,
    status: status as MemberStatus,
    device,
    deadline,
    robot,
  })),
});

/** The oldest first, in the order of pages: by second, then by id. */
export const byStart = (a: Call, b: Call): number =>
  Math.floor(a.startedAt / 1000) - Math.floor(b.startedAt / 1000) || (a.callId < b.callId ? -1 : 1);

/** A live call by its id, in one application or in any; undefined when there is none. */
async function find({ apps, store }: OperationContext, id: string, app?: number): Promise<Call | undefined> {
  const among = app === undefined ? apps.list() : [appOf(apps, app)];
  for (const one of isCallId(id) ? among : []) {
    const call = await store.read(one.sdkAppId, callId(id));
    if (call !== undefined) return call;
  }
  return undefined;
}

export const listCalls = operation({
  name: 'calls.list',
  doc: 'Lists the live calls, the oldest first, a page of them.',
  role: 'viewer',
  http: ['GET', '/calls'],
  input: Type.Object(
    {
      app: Type.Optional(sdkAppIdField),
      user: Type.Optional(userIdField),
      after: Type.Optional(pageField),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({
    calls: Type.Array(liveCallAnswer),
    total: Type.Integer(),
    next: Type.Optional(Type.String()),
  }),
  async handle({ apps, store, media }, { app, user, after, limit = 100 }) {
    if (app !== undefined) appOf(apps, app);
    const place = after === undefined ? undefined : readPlace(after);
    if (after !== undefined && place === undefined) throw refuse('bad_page', {}, 'after');
    const all = await store.live(app === undefined ? undefined : sdkAppId(app));
    const matching = all.filter((call) => user === undefined || present(call).some(({ userId }) => userId === user));
    const behind = matching.filter((call) => {
      if (place === undefined) return true;
      const second = Math.floor(call.startedAt / 1000);
      return second > place.startedAt || (second === place.startedAt && call.callId > place.callId);
    });
    const page = behind.sort(byStart).slice(0, limit);
    const last = page.at(-1);
    return {
      calls: page.map((call) => liveCall(call, media)),
      total: matching.length,
      ...(behind.length > limit && last !== undefined && { next: writePlace(last) }),
    };
  },
});

export const getCall = operation({
  name: 'calls.get',
  doc: 'A live call.',
  role: 'viewer',
  http: ['GET', '/calls/:callId'],
  input: Type.Object({ callId: callIdField, app: Type.Optional(sdkAppIdField) }, closed),
  answer: liveCallAnswer,
  async handle(context, { callId: id, app }): Promise<LiveCall> {
    const found = await find(context, id, app);
    if (found === undefined) throw refuse('call_unknown', { callId: id }, 'callId');
    return liveCall(found, context.media);
  },
});

export const endCall = operation({
  name: 'calls.end',
  doc: 'Ends a live call for all its members.',
  role: 'operator',
  http: ['POST', '/calls/:callId/end'],
  input: Type.Object({ callId: callIdField }, closed),
  answer: liveCallAnswer,
  about: async (context, { callId: id }) => (await find(context, id))?.app ?? 0,
  async handle(context, input, actor): Promise<LiveCall> {
    const { apps, calls } = context;
    if (calls === undefined) throw refuse('server_needed');
    const found = await find(context, input.callId);
    if (found === undefined) throw refuse('call_unknown', { callId: input.callId }, 'callId');
    const ended = await calls.apply(appOf(apps, found.app), callId(input.callId), { type: 'end' }, causeOf(actor));
    return liveCall(ended);
  },
});
