import { type Call, present } from 'ringback-engine';
import {
  type CallId,
  type CallType,
  callId,
  type MediaType,
  type MemberStatus,
  Refusal,
  sdkAppId,
  type UserId,
} from 'ringback-protocol';
import { Type } from 'typebox';
import type { Carrier } from '../ports/media.ts';
import { appOf } from './app-view.ts';
import { callIdField, sdkAppIdField } from './fields.ts';
import { type MediaFacts, operation } from './operation.ts';

const closed = { additionalProperties: false } as const;

/** A live call as operators see it. Times in ms. */
export interface LiveCall {
  readonly app: number;
  readonly callId: CallId;
  readonly callType: CallType;
  readonly mediaType: MediaType;
  /** What carries its media now: `p2p`, `sfu`, `janus`; empty when nothing does, or another node has it. */
  readonly carrier: Carrier | '';
  readonly startedAt: number;
  /** 0 until somebody has accepted. */
  readonly acceptedAt: number;
  /** Who rings or talks, the caller first. */
  readonly members: readonly { readonly userId: UserId; readonly status: MemberStatus }[];
}

const liveCall = (call: Call, media?: MediaFacts): LiveCall => ({
  app: call.app,
  callId: call.callId,
  callType: call.callType,
  mediaType: call.mediaType,
  carrier: media?.carrierOf(call.app, call.callId) ?? '',
  startedAt: call.startedAt,
  acceptedAt: call.acceptedAt,
  members: present(call).map(({ userId, status }) => ({ userId, status: status as MemberStatus })),
});

export const listCalls = operation({
  name: 'calls.list',
  doc: 'Lists the live calls, the oldest first.',
  role: 'viewer',
  http: ['GET', '/calls'],
  input: Type.Object({ app: Type.Optional(sdkAppIdField) }, closed),
  async handle({ apps, store, media }, { app }): Promise<readonly LiveCall[]> {
    if (app !== undefined) appOf(apps, app);
    const live = await store.live(app === undefined ? undefined : sdkAppId(app));
    return live
      .map((call) => liveCall(call, media))
      .sort((a, b) => a.startedAt - b.startedAt || (a.callId < b.callId ? -1 : 1));
  },
});

export const endCall = operation({
  name: 'calls.end',
  doc: 'Ends a live call for all its members.',
  role: 'operator',
  http: ['POST', '/calls/:callId/end'],
  input: Type.Object({ callId: callIdField }, closed),
  async handle({ apps, store, calls }, input): Promise<LiveCall> {
    if (calls === undefined) {
      throw new Refusal('not_allowed', 'A call can be ended while the server runs only: its devices must be told.');
    }
    const found = (await store.live()).find((call) => call.callId === input.callId);
    if (found === undefined) {
      throw new Refusal('no_such_call', `There is no live call ${input.callId}. \`ringback calls\` lists them.`);
    }
    const ended = await calls.apply(
      appOf(apps, found.app),
      callId(input.callId),
      { type: 'end' },
      {
        cause: 'operator',
        actor: '',
        device: '',
        requestId: '',
        origin: found.origin,
      },
    );
    return liveCall(ended);
  },
});
