import { type Call, memberOf } from 'ringback-engine';
import type { DeviceId, UserId } from 'ringback-protocol';
import { noticeFrame } from '../calls/notice-frame.ts';
import type { CallName } from '../ports/shared-calls.ts';
import type { CallStore, HistoryEntry } from '../ports/store.ts';
import { missedNotices, noticesWithin, unknownEnd } from '../requests/missed.ts';

/** What a device has missed of a call, as texts of notices, and whether the call is over for it. */
export type MissedReader = (
  call: Call | CallName,
  me: { readonly userId: UserId; readonly device: DeviceId },
  sinceEventSeq: number,
) => Promise<{ readonly frames: readonly string[]; readonly over: boolean }>;

/** Reads what devices have missed, from the history. A call that is over is given by its name. */
export function missedReader(store: Pick<CallStore, 'record' | 'history'>): MissedReader {
  return async (of, me, sinceEventSeq) => {
    const { app, callId } = of;
    const call = 'version' in of ? of : undefined;
    const record = call === undefined ? await store.record(app, callId) : undefined;
    const people = call?.members.length ?? record?.members.length ?? 0;
    if (people === 0) return { frames: [], over: true };
    // From the beginning: only the whole says whether a device is one of those that are in the call.
    const history = await store.history(app, callId, 0, noticesWithin(people));
    const profiles = new Map(call?.members.map(({ userId, nick, avatar }) => [userId, { nick, avatar }]));
    const view = { callId, me, call, record, profiles, sinceEventSeq: 0 };
    const own = call === undefined ? undefined : memberOf(call, me.userId);
    const isHere = own !== undefined && (own.status === 'Waiting' || own.device === me.device);
    const missed = missedNotices(view, history).filter(
      ({ method, params }) => params.eventSeq > sinceEventSeq && (isHere || method === 'callEnded'),
    );
    // The end for this device may lie further back than what is read of a large call.
    if (!isHere && missed.length === 0 && isCut(history, sinceEventSeq))
      missed.push(unknownEnd({ ...view, sinceEventSeq }));
    const frames = missed.map((notice) => JSON.stringify({ jsonrpc: '2.0', ...notice }));
    if (call !== undefined && isHere && frames.length === 0) {
      // What is no event of the call, such as its media.
      frames.push(noticeFrame({ method: 'callChanged', call, eventSeq: call.eventSeq, changed: [] }));
    }
    return { frames, over: !isHere };
  };
}

/** Whether something that happened after that event is older than all that was read. */
function isCut([first]: readonly HistoryEntry[], sinceEventSeq: number): boolean {
  if (first === undefined) return true;
  return (first.events[0]?.eventSeq ?? first.eventSeq + 1) > sinceEventSeq + 1;
}
