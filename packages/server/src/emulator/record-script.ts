import type { Static } from 'typebox';
import { stringify } from 'yaml';
import type { timelineAnswer } from '../admin/answers/timeline.ts';
import { spellSpan } from '../script/duration.ts';
import { reserved } from '../script/read-script.ts';

/** A call as `calls.timeline` tells it. */
export type Timeline = Static<typeof timelineAnswer>;
type Step = Extract<Timeline['entries'][number], { kind: 'step' }>;

/** Of a member who is in the call, or rings, after the change. */
const comes: ReadonlySet<string> = new Set(['Answer', 'Join', 'Invite']);

/** ms; how long the server takes to miss a device in a call. */
const lease = 15_000;

/** ms between the beginning of the script and the call, so that everybody is there. */
const lead = 1000;

/** ms after the end of a call, where somebody else is still on the line and the script must say when it is over. */
const tail = 1000;

/** ms; how long it rings where nobody has waited for the end of it. */
const usualTimeout = 30_000;

/** Why a call cannot become a script, as a sentence. */
export class RecordingProblem extends Error {
  override readonly name = 'RecordingProblem';
}

/**
 * Writes a real call as a script: who did what on which device, and when. Played by virtual users it comes to the same
 * record. Throws `RecordingProblem`.
 */
export function recordScript({ call: really, entries, truncated }: Timeline): string {
  const found = entries.filter((entry): entry is Step => entry.kind === 'step');
  const { call, steps } = sayable(really, found);
  const [first] = steps;
  if (first?.type !== 'start' || truncated) {
    throw new RecordingProblem(
      'The history of this call is not kept any more, or is too long: it cannot be played again.',
    );
  }
  const devices = new Map<string, Map<string, string>>();
  /** Devices have names in scripts; what they are called elsewhere says nothing. */
  const deviceOf = (user: string, id: string): string => {
    const known = devices.get(user) ?? new Map<string, string>();
    devices.set(user, known);
    const name = known.get(id) ?? ['phone', 'tablet', 'laptop'][known.size] ?? `device-${known.size + 1}`;
    known.set(id, name);
    return name;
  };
  const robot = first.cause === 'rest';
  const timeline: { readonly ms: number; readonly who: string; readonly what: unknown }[] = [];
  const at = (time: number, who: string, what: unknown): void => {
    timeline.push({ ms: Math.max(0, time - call.startedAt + lead), who, what });
  };
  /** What happened to each member first: who was called has answered or refused before coming again. */
  const firsts = new Map<string, string>();
  for (const { changed } of steps)
    for (const { userId, action } of changed) if (!firsts.has(userId)) firsts.set(userId, action);
  const later = (user: string): boolean => ['Invite', 'Join'].includes(firsts.get(user) ?? '');
  const callees = call.members.filter((user) => user !== call.caller && !later(user));
  const switches = steps.filter(({ type }) => type === 'switchMedia').length;
  let media = switches % 2 === 0 ? call.mediaType : other(call.mediaType);
  const timeout = timeoutOf(steps, callees, call.startedAt);
  const options = { to: [...callees, ...strangersOf(call, callees, steps)], media, timeout: spellSpan(timeout) };
  const place = {
    ...(call.chatGroupId !== '' && { group: call.chatGroupId }),
    // Without a room of its own, a call has its id for one.
    ...(call.roomId !== call.callId && { room: call.roomId }),
  };
  if (robot) at(call.startedAt, 'server', { robotCall: { ...options, from: call.caller } });
  else at(call.startedAt, call.caller, { call: { ...options, ...place, on: deviceOf(call.caller, first.device) } });

  /** Those who were in other calls: a script keeps them busy from its beginning. */
  const busy = new Set(busyIn(first));
  /** Virtual users who ring or talk: the server finds a call by one of them. */
  const present = new Set((robot ? callees : [call.caller, ...callees]).filter((user) => !busy.has(user)));
  /** When it began to ring for each of them, every time. */
  const rings = new Map(callees.map((user) => [user, [call.startedAt]]));
  /** What users do the moment it rings: at its own time in the script it could come before the ring. */
  const reactions = new Map<string, unknown>();
  for (const { type, cause, actor, device, at: when, changed, ends } of steps.slice(1)) {
    const on = actor === '' || device === '' ? undefined : deviceOf(actor, device);
    const act = (what: object): void => {
      const [rang, again] = rings.get(actor) ?? [];
      if (rang === when && again === undefined) reactions.set(actor, { after: spellSpan(0), do: what });
      else at(when, actor, what);
    };
    switch (type) {
      case 'accept':
        act({ answer: { on } });
        break;
      case 'reject':
      case 'ignore':
      case 'hangUp':
      case 'signOut':
        act({ [type]: { on } });
        break;
      case 'join':
        at(when, actor, { join: { callOf: [...present][0] ?? call.caller, on } });
        break;
      case 'invite': {
        const to = changed.filter(({ action }) => action === 'Invite' || action === 'Busy').map(({ userId }) => userId);
        for (const user of busyIn({ changed })) busy.add(user);
        for (const user of to) rings.set(user, [...(rings.get(user) ?? []), when]);
        const after = steps.filter((step) => step.at >= when);
        at(when, actor, { invite: { to, timeout: spellSpan(timeoutOf(after, to, when)), on } });
        break;
      }
      case 'switchMedia':
        media = other(media);
        at(when, actor, { switchMedia: { media, on } });
        break;
      case 'end':
        at(when, 'server', { endCall: [...present][0] ?? call.caller });
        break;
      case 'removed':
        for (const { userId } of changed)
          if (userId === actor || cause !== 'device') at(when, 'server', { kick: userId });
        break;
      case 'leaseLost':
        if (ends === 'Interrupt') {
          at(when - lease - 1000, actor, { loseConnection: { on } });
          at(when - lease, 'server', 'restart');
        } else at(when - lease, actor, { loseConnection: { on } });
        break;
      case 'mediaFailed':
        throw new RecordingProblem('This call broke off because of its media, of which virtual users have none.');
      default:
        // Time-outs come by themselves.
        break;
    }
    for (const { userId, action } of changed) {
      if (comes.has(action)) present.add(userId);
      else present.delete(userId);
    }
  }
  const users = Object.fromEntries(
    call.members
      .filter((user) => !(robot && user === call.caller))
      .map((user) => {
        const reaction = reactions.get(user);
        const more = { ...(busy.has(user) && { busy: true }), ...(reaction !== undefined && { whenCalled: reaction }) };
        return [user, { devices: [...(devices.get(user)?.values() ?? ['phone'])], ...more }];
      }),
  );
  const { result, caller, members, callType, mediaType, startedAt, acceptedAt, endedAt } = call;
  const ring = spellSpan((acceptedAt === 0 ? endedAt : acceptedAt) - startedAt);
  const talk = spellSpan(acceptedAt === 0 ? 0 : endedAt - acceptedAt);
  const record = { result, caller, members, type: callType, media: mediaType, ring, talk };
  return stringify(
    {
      about: `Call ${call.callId} of ${new Date(startedAt).toISOString()}, recorded.`,
      start: new Date(startedAt - lead).toISOString(),
      users,
      timeline: timeline.sort((a, b) => a.ms - b.ms).map(({ ms, who, what }) => ({ at: spellSpan(ms), [who]: what })),
      ...(busy.size > 0 && { lasts: spellSpan(endedAt - startedAt + lead + tail) }),
      ...(call.live ? {} : { expect: { records: [record] } }),
    },
    { lineWidth: 120 },
  );
}

/** Whom a step has found in other calls. */
const busyIn = ({ changed }: Pick<Step, 'changed'>): readonly string[] =>
  changed.filter(({ action }) => action === 'Busy').map(({ userId }) => userId);

/**
 * Whom else the start must call for this to be a call of more than two: no step names those who do not exist, but each
 * counted.
 */
function strangersOf(call: Timeline['call'], callees: readonly string[], steps: readonly Step[]): readonly string[] {
  const becameOne = callees.length > 1 || call.chatGroupId !== '' || steps.some(({ type }) => type === 'invite');
  if (call.callType === 'SingleCall' || becameOne) return [];
  let name = 'nobody';
  for (let n = 2; call.members.includes(name); n += 1) name = `nobody-${n}`;
  return [name];
}

const other = (media: string): string => (media === 'Audio' ? 'Video' : 'Audio');

/** Users whose names mean something else in a timeline get others, as devices do; everybody else is called as before. */
function sayable(call: Timeline['call'], steps: readonly Step[]): Pick<Timeline, 'call'> & { steps: readonly Step[] } {
  const taken = new Set([call.caller, ...call.members, ...steps.flatMap((one) => one.changed.map((it) => it.userId))]);
  const names = new Map<string, string>();
  for (const id of reserved) {
    let name = id;
    for (let n = 1; reserved.includes(name) || taken.has(name); n += 1) name = `user-${id}${n === 1 ? '' : `-${n}`}`;
    names.set(id, name);
  }
  const named = (id: string): string => names.get(id) ?? id;
  return {
    call: { ...call, caller: named(call.caller), members: call.members.map(named) },
    steps: steps.map((one) => {
      const changed = one.changed.map((it) => ({ ...it, userId: named(it.userId) }));
      return { ...one, actor: named(one.actor), changed };
    }),
  };
}

/** How long it rang for those who were called, or invited, at a time and did not answer. */
function timeoutOf(steps: readonly Step[], callees: readonly string[], startedAt: number): number {
  const ran = steps.find(({ changed }) =>
    changed.some(({ userId, action }) => action === 'NotAnswer' && callees.includes(userId)),
  );
  if (ran !== undefined) return ran.at - startedAt;
  const reactions = steps.filter(({ type }) => type === 'accept' || type === 'reject' || type === 'ignore');
  return Math.max(usualTimeout, ...reactions.map(({ at }) => at - startedAt + 1000));
}
