import { type Call, type CallRecord, type Member, memberOf } from 'ringback-engine';
import { Refusal, callId as toCallId } from 'ringback-protocol';
import { callView } from '../calls/call-view.ts';
import { missedNotices, noticesWithin, unknownEnd } from './missed.ts';
import type { SignallingRequest } from './request.ts';

/** `resume`: what a device missed, and where the call stands. A call that is over for the device is told of as such. */
export const resume: SignallingRequest<'resume'> = {
  method: 'resume',
  needs: 'signIn',
  handle: async ({ services, app, me }, params, answer) => {
    const { store, accounts, calls } = services;
    const callId = toCallId(params.callId);
    let call: Call | undefined;
    let record: CallRecord | undefined;
    try {
      call = await calls.get(app, callId);
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== 'call_ended') throw error;
      record = await store.record(app.sdkAppId, callId);
      if (record === undefined) throw new Refusal('no_such_call');
    }
    const people = call?.members.map((member) => member.userId) ?? record?.members ?? [];
    if (!people.includes(me.userId)) throw new Refusal('not_in_call');

    const limit = noticesWithin(people.length);
    const history = await store.history(app.sdkAppId, callId, params.eventSeq, limit);
    const profiles =
      call === undefined ? await accounts.find(app.sdkAppId, people) : new Map(call.members.map(profileOf));
    const view = { callId, me, call, record, profiles, sinceEventSeq: params.eventSeq };
    const own = call === undefined ? undefined : memberOf(call, me.userId);
    const here = own !== undefined && (own.status === 'Waiting' || own.device === me.device);
    if (call !== undefined && here) {
      answer({ call: callView(call, me.userId), notices: missedNotices(view, history) });
      return;
    }
    // Over for this device. It must be told so even if it asks from beyond the last event that it can have seen.
    const notices = missedNotices(view, history);
    if (notices.at(-1)?.method !== 'callEnded') {
      const all = await store.history(app.sdkAppId, callId, 0, limit);
      const last = missedNotices({ ...view, sinceEventSeq: 0 }, all).at(-1);
      notices.push(last?.method === 'callEnded' ? last : unknownEnd(view));
    }
    answer({ call: null, notices });
  },
};

const profileOf = ({ userId, nick, avatar }: Member) => [userId, { nick, avatar }] as const;
