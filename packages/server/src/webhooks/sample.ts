import { type Call, type CallEvent, type CallEventType, type Effect, start, step } from 'ringback-engine';
import { type CallId, type DeviceId, type EventKind, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { EventfulStep } from '../ports/outbox.ts';

/** Who is in a sample call, and when it begins (ms). */
export interface SampleCall {
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly caller: UserId;
  readonly callee: UserId;
  readonly now: number;
}

/** ms from the start to the answer, and from there to the end. */
const ring = 5000;
const talk = 60_000;

/**
 * The steps of a call that rings, is answered and hung up, as the engine makes them; nobody rings. With `kinds`, only
 * these events of theirs.
 */
export function sampleSteps(sample: SampleCall, kinds: readonly EventKind[]): readonly EventfulStep[] {
  const { app, callId, caller, callee, now } = sample;
  const device = 'sample' as DeviceId;
  const person = (userId: UserId) => ({ userId, nick: '', avatar: '' });
  const origin = { clientIp: '127.0.0.1', platform: 'Unknown' } as const;
  const begun = now - ring - talk;
  const steps: EventfulStep[] = [];
  let before: Call | undefined;
  const take = (outcome: object, type: CallEventType): void => {
    if (!('call' in outcome)) throw new Refusal('bad_params', 'A sample call needs two different users.', 'callee');
    const { call, effects } = outcome as { readonly call: Call; readonly effects: readonly Effect[] };
    const events = effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []));
    const wanted = events.filter(({ kind }) => kinds.includes(kind));
    if (wanted.length > 0) steps.push({ before, call, type, events: wanted, origin });
    before = call;
  };
  const opening = {
    type: 'start',
    app,
    callId,
    caller: person(caller),
    device,
    robot: false,
    callees: caller === callee ? [] : [person(callee)],
    asked: 1,
    mediaType: 'Video',
    chatGroupId: '',
    groupKnown: false,
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: ring * 2,
    maxMembers: 9,
    glare: 'merge',
    origin,
  } as const;
  if (opening.callees.length === 0) take({}, 'start');
  take(start(opening, begun), 'start');
  const later: readonly [number, CallEvent][] = [
    [begun + ring, { type: 'accept', userId: callee, device }],
    [now, { type: 'hangUp', userId: callee, device }],
  ];
  for (const [at, event] of later) if (before !== undefined) take(step(before, event, at), event.type);
  return steps;
}
