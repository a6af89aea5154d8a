import type { CallHead, Entry } from './timeline-types.ts';

/** A stretch in which a member rings or talks; ms. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly what: 'ring' | 'talk';
}

const answers: ReadonlySet<string> = new Set(['Answer', 'Join']);

/** When each member rang and talked, out of the steps of the call. */
export function stretchesOf(call: CallHead, entries: readonly Entry[], now: number): ReadonlyMap<string, Stretch[]> {
  const lanes = new Map<string, Stretch[]>(call.members.map((user) => [user, []]));
  const open = new Map<string, { readonly from: number; readonly what: Stretch['what'] }>();
  const turn = (user: string, at: number, what: Stretch['what'] | undefined) => {
    const last = open.get(user);
    if (last?.what === what) return;
    if (last !== undefined) {
      lanes.set(user, [...(lanes.get(user) ?? []), { ...last, to: at }]);
      open.delete(user);
    }
    if (what !== undefined) open.set(user, { from: at, what });
  };
  for (const entry of entries) {
    if (entry.kind !== 'step') continue;
    if (entry.type === 'start') {
      // Who is invited at the start rings; the caller waits until somebody answers.
      turn(call.caller, entry.at, 'ring');
      const invited = entry.changed.filter(({ action }) => action === 'Invite').map(({ userId }) => userId);
      const called = invited.length > 0 ? invited : call.members.filter((user) => user !== call.caller);
      if (entry.reason !== 'answered') for (const user of called) turn(user, entry.at, 'ring');
    }
    for (const { userId, action } of entry.changed) {
      if (answers.has(action)) {
        turn(userId, entry.at, 'talk');
        if (open.get(call.caller)?.what === 'ring') turn(call.caller, entry.at, 'talk');
      } else if (action === 'Invite') turn(userId, entry.at, 'ring');
      else turn(userId, entry.at, undefined);
    }
    if (entry.ends !== undefined) for (const user of [...open.keys()]) turn(user, entry.at, undefined);
  }
  const end = call.live ? now : call.endedAt || (entries.at(-1)?.at ?? now);
  for (const user of [...open.keys()]) turn(user, end, undefined);
  return lanes;
}

/** Where a time stands on the axis, from 0 to 1. */
export type Axis = (at: number) => number;

/** A scale on which long silence takes little room, so that what happens in a second is told apart beside an hour of talk. */
export function axisOf(times: readonly number[]): Axis {
  const sorted = [...new Set(times)].sort((one, other) => one - other);
  let sum = 0;
  const places = sorted.map((at, place) => {
    if (place > 0) sum += Math.log10(1 + (at - (sorted[place - 1] ?? at)) / 40);
    return sum;
  });
  const whole = sum || 1;
  return (at) => {
    const after = sorted.findIndex((one) => one >= at);
    if (after === -1) return 1;
    if (after === 0) return 0;
    const [from = 0, to = 1] = [sorted[after - 1], sorted[after]];
    const [begin = 0, end = 0] = [places[after - 1], places[after]];
    return (begin + ((at - from) / (to - from)) * (end - begin)) / whole;
  };
}

/** Times that are written below the axis, none too close to the one before. */
export function ticksOf(times: readonly number[], axis: Axis, apart = 0.09): readonly number[] {
  const ticks: number[] = [];
  for (const at of [...new Set(times)].sort((one, other) => one - other)) {
    const last = ticks.at(-1);
    if (last === undefined || axis(at) - axis(last) >= apart) ticks.push(at);
  }
  return ticks;
}
