import { callId, isCallId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { PushNote } from '../ports/push.ts';
import { pushLogAnswer } from './answers/push.ts';
import { appOf } from './app-view.ts';
import { callIdField, limitField, sdkAppIdField, timeField, userIdField } from './fields.ts';
import { type LookBack, lookBack } from './look-back.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** A note of the log. Times in ms. */
export type PushLogEntry = { readonly callId: string; readonly startedAt: number; readonly at: number } & PushNote;

/** What the log says; `lookedTo` (ms): where the look for one user ended before the beginning of the log. */
export interface PushLogView {
  readonly entries: readonly PushLogEntry[];
  readonly lookedTo?: number;
}

/** Notes of one call that are looked through for those of one user. */
const mostOfCall = 20_000;

export const pushLog = operation({
  name: 'push.log',
  doc: 'Why a device rang or did not: what was decided for each ring, each attempt to push, what push services answered.',
  role: 'viewer',
  http: ['GET', '/apps/:app/push-log'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      callId: Type.Optional(callIdField),
      user: Type.Optional(userIdField),
      before: Type.Optional(timeField),
      limit: Type.Optional(limitField),
    },
    { additionalProperties: false },
  ),
  answer: pushLogAnswer,
  async handle(
    context,
    { app, callId: id, user, before = Number.MAX_SAFE_INTEGER, limit = 200 },
  ): Promise<PushLogView> {
    const { sdkAppId } = appOf(context.apps, app);
    const mine = ({ userId }: PushNote): boolean => user === undefined || userId === user;
    if (id === undefined) {
      const { found, lookedTo }: LookBack =
        user === undefined
          ? { found: await context.pushLog.recent(sdkAppId, before, limit) }
          : await lookBack(context.pushLog, { app: sdkAppId, before, limit, wanted: ({ event }) => mine(event) });
      return {
        entries: found.map(
          ({ callId: of, startedAt, at, event }): PushLogEntry => ({ callId: of, startedAt, at, ...event }),
        ),
        ...(lookedTo !== undefined && { lookedTo }),
      };
    }
    if (!isCallId(id)) throw refuse('call_nowhere', { callId: id }, 'callId');
    const wanted = callId(id);
    const found = (await context.store.read(sdkAppId, wanted)) ?? (await context.store.record(sdkAppId, wanted));
    if (found === undefined) throw refuse('call_nowhere', { callId: id }, 'callId');
    const { startedAt } = found;
    // Those of other members of the call do not count for the limit.
    const most = user === undefined ? limit : mostOfCall;
    const notes = await context.pushLog.of({ app: sdkAppId, startedAt, callId: wanted }, most);
    return {
      entries: notes
        .filter(({ event }) => mine(event))
        .slice(0, limit)
        .map(({ at, event }): PushLogEntry => ({ callId: id, startedAt, at, ...event })),
    };
  },
});
