import { callId, isCallId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { PushNote } from '../ports/push.ts';
import { pushLogAnswer } from './answers/push.ts';
import { appOf } from './app-view.ts';
import { callIdField, limitField, sdkAppIdField, timeField, userIdField } from './fields.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** A note of the log. Times in ms. */
export type PushLogEntry = { readonly callId: string; readonly startedAt: number; readonly at: number } & PushNote;

/** Notes that are looked through at most for those of one user. */
const lookedThrough = 5000;

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
  async handle(context, { app, callId: id, user, before = Number.MAX_SAFE_INTEGER, limit = 200 }) {
    const { sdkAppId } = appOf(context.apps, app);
    const mine = ({ userId }: PushNote): boolean => user === undefined || userId === user;
    if (id === undefined) {
      const all = await context.pushLog.recent(sdkAppId, before, user === undefined ? limit : lookedThrough);
      return {
        entries: all
          .filter(({ event }) => mine(event))
          .slice(0, limit)
          .map(({ callId: of, startedAt, at, event }): PushLogEntry => ({ callId: of, startedAt, at, ...event })),
      };
    }
    if (!isCallId(id)) throw refuse('call_nowhere', { callId: id }, 'callId');
    const wanted = callId(id);
    const found = (await context.store.read(sdkAppId, wanted)) ?? (await context.store.record(sdkAppId, wanted));
    if (found === undefined) throw refuse('call_nowhere', { callId: id }, 'callId');
    const { startedAt } = found;
    const notes = await context.pushLog.of({ app: sdkAppId, startedAt, callId: wanted }, limit);
    return {
      entries: notes
        .filter(({ event }) => mine(event))
        .map(({ at, event }): PushLogEntry => ({ callId: id, startedAt, at, ...event })),
    };
  },
});
