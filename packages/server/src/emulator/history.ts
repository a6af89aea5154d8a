import { type Call, type CallEvent, type Outcome as StepOutcome, start, step } from 'ringback-engine';
import { callId, deviceId, type SdkAppId, type UserId, userId } from 'ringback-protocol';
import { writeOf } from '../calls/call-write.ts';
import type { Cause } from '../calls/requests.ts';
import type { Outbox } from '../ports/outbox.ts';
import type { CallStore } from '../ports/store.ts';
import type { History } from '../script/script.ts';
import { generator } from './chance.ts';

const day = 86_400_000;

/** Nobody is told: these calls are over. */
const nobody: Outbox = { outgoing: () => [], committed: () => {} };

const device = deviceId('history-phone');
const origin = { clientIp: '127.0.0.1', platform: 'Web' } as const;

/** By a user, or when left out, by the server's timer. */
const causeOf = (actor?: UserId): Cause => ({
  cause: actor === undefined ? 'timer' : 'device',
  actor: actor ?? '',
  device: actor === undefined ? '' : device,
  requestId: '',
  origin,
});

/** Writes that are under way at once. */
const atOnce = 3000;

/** How a made-up call goes: what happens, ms after it began. */
const courses: readonly ((
  talk: number,
) => readonly (readonly [number, 'accept' | 'reject' | 'hangUp' | 'timeout' | 'cancel'])[])[] = [
  (talk) => [
    [4000, 'accept'],
    [4000 + talk, 'hangUp'],
  ],
  (talk) => [
    [9000, 'accept'],
    [9000 + talk, 'hangUp'],
  ],
  (talk) => [
    [2500, 'accept'],
    [2500 + talk, 'hangUp'],
  ],
  () => [[30_000, 'timeout']],
  () => [[6000, 'reject']],
  () => [[11_000, 'cancel']],
];

/**
 * Writes calls that were over before `now` (ms): each step made by the engine at its time and written as the server writes
 * it, so records, history, seats and sums are those of real calls. Without devices, sockets, timers and webhooks. Those that
 * are in the store already, since a script begins again on the same data, stay as they are.
 */
export async function writeHistory(
  store: CallStore,
  app: SdkAppId,
  { days, callsPerDay, users }: History,
  now: number,
): Promise<void> {
  const chance = generator(11);
  const writing = new Set<Promise<unknown>>();
  let lost = 0;
  const count = days * callsPerDay;
  const apart = (days * day) / count;
  for (let n = 0; n < count; n += 1) {
    // All of them are over by now.
    const at = Math.floor(Math.min(now - 600_000, now - days * day + (n + chance()) * apart));
    const caller = userId(`user-${n % users}`);
    const callee = userId(`user-${(n + 1 + Math.floor(chance() * (users - 1))) % users}`);
    if (callee === caller) continue;
    const talk = Math.floor(1000 * (10 + chance() ** 3 * 500));
    const course = courses[Math.floor(chance() * courses.length)] ?? (() => []);
    const asked = startOf(app, n, caller, callee, chance() < 0.6 ? 'Audio' : 'Video');
    if ((await store.record(app, asked.callId)) !== undefined) continue;
    const begun = start(asked, at);
    if (!('call' in begun)) continue;
    let call = write(undefined, begun, 'start', causeOf(caller), at);
    for (const [after, what] of course(talk)) {
      const event = eventOf(what, caller, callee);
      const outcome = step(call, event, at + after);
      if ('refusal' in outcome) break;
      const by = 'userId' in event ? event.userId : undefined;
      call = write(call, outcome, event.type, causeOf(by), at + after);
    }
    if (writing.size > atOnce) await Promise.all(writing);
  }
  await Promise.all(writing);
  if (lost > 0) throw new Error(`${lost} steps of the history were not written.`);

  function write(
    before: Call | undefined,
    outcome: StepOutcome,
    type: CallEvent['type'] | 'start',
    cause: Cause,
    at: number,
  ): Call {
    if ('refusal' in outcome) throw new Error(`The engine refuses a step of the history: ${outcome.refusal}.`);
    const { call, effects } = outcome;
    const written = store.commit(writeOf({ before, call, effects, type, cause, outbox: nobody, at })).then((result) => {
      if (result !== 'ok') lost += 1;
      writing.delete(written);
    });
    writing.add(written);
    return call;
  }
}

function eventOf(what: string, caller: UserId, callee: UserId): CallEvent {
  switch (what) {
    case 'accept':
      return { type: 'accept', userId: callee, device };
    case 'reject':
      return { type: 'reject', userId: callee, device };
    case 'timeout':
      return { type: 'timeout' };
    default:
      return { type: 'hangUp', userId: caller, device };
  }
}

const startOf = (app: SdkAppId, n: number, caller: UserId, callee: UserId, mediaType: 'Audio' | 'Video') =>
  ({
    type: 'start',
    app,
    callId: callId(`${n.toString(16).padStart(8, '0')}-0000-4000-8000-${(n * 7919).toString(16).padStart(12, '0')}`),
    caller: { userId: caller, nick: '', avatar: '' },
    device,
    robot: false,
    callees: [{ userId: callee, nick: '', avatar: '' }],
    asked: 1,
    mediaType,
    chatGroupId: '',
    groupKnown: false,
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: 30_000,
    maxMembers: 9,
    glare: 'merge',
    origin,
  }) as const;
