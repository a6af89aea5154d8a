import { type Call, type CallEvent, type CallWebhookEvent, type StartEvent, start, step } from 'ringback-engine';
import { callId, deviceId, sdkAppId, userId } from 'ringback-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { legacyFormat } from '../../src/webhooks/legacy/format.ts';
import { happenings } from '../../src/webhooks/legacy/happenings.ts';
import { idOf } from '../stores/support/fake-calls.ts';
import { Receiver } from './receiver.ts';
import { WebhookScene } from './scene.ts';

const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => userId(name)) as [never, never, never];
const device = deviceId('phone');
const noon = 1_780_000_000_000;
const origin = { clientIp: '203.0.113.7', platform: 'Web' } as const;
const person = (id: never, busy = false) => ({
  userId: id,
  nick: '',
  avatar: '',
  ...(busy ? { seat: { callId: callId(idOf(9)), status: 'Calling' as const } } : {}),
});

/** Plays the steps of one call; answers what the legacy API tells of each. */
function play(callees: readonly (readonly [never, boolean])[], events: readonly [number, CallEvent][]): string[][] {
  const opening: StartEvent = {
    type: 'start',
    app: sdkAppId(1),
    callId: callId(idOf(1)),
    caller: person(alice),
    device,
    robot: false,
    callees: callees.map(([id, busy]) => person(id, busy)),
    asked: callees.length,
    mediaType: 'Video',
    chatGroupId: '',
    groupKnown: false,
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: 30_000,
    maxMembers: 9,
    glare: 'merge',
    origin,
  };
  const told: string[][] = [];
  let before: Call | undefined;
  const note = (outcome: ReturnType<typeof start>, type: CallEvent['type'] | 'start') => {
    if (!('call' in outcome)) throw new Error(JSON.stringify(outcome));
    const { call, effects } = outcome;
    const emitted: CallWebhookEvent[] = effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []));
    told.push(
      happenings({ before, call, type, events: emitted, origin }).map(({ action, userId: who }) => `${action} ${who}`),
    );
    before = call;
  };
  note(start(opening, noon), 'start');
  for (const [seconds, event] of events) {
    if (before === undefined || before.endedAt !== 0) throw new Error('The call is over already.');
    note(step(before, event, noon + seconds * 1000), event.type);
  }
  return told;
}

const single = [[bob, false]] as const;
const accept = (id: never): CallEvent => ({ type: 'accept', userId: id, device });
const hangUp = (id: never): CallEvent => ({ type: 'hangUp', userId: id, device });
const begun = ['caller_start_call alice', 'callee_receive_call bob'];

describe('the legacy API tells', () => {
  it('of a call that is answered and hung up by the callee', () => {
    expect(
      play(single, [
        [5, accept(bob)],
        [60, hangUp(bob)],
      ]),
    ).toEqual([
      begun,
      ['callee_accept_call bob', 'caller_call_accepted alice'],
      ['callee_call_end bob', 'caller_call_end alice', 'normal_end alice'],
    ]);
  });

  it.each<[string, readonly [number, CallEvent][], string[]]>([
    ['is cancelled', [[5, hangUp(alice)]], ['callee_call_canceled bob', 'caller_cancel_call alice', 'cancel alice']],
    [
      'is rejected',
      [[5, { type: 'reject', userId: bob, device }]],
      ['callee_reject_call bob', 'caller_call_rejected alice', 'reject alice'],
    ],
    [
      'is ignored',
      [[5, { type: 'ignore', userId: bob, device }]],
      ['callee_ignore_call bob', 'caller_call_busy alice', 'call_busy alice'],
    ],
    [
      'is not answered',
      [[31, { type: 'timeout' }]],
      ['callee_not_answer_call bob', 'caller_call_missed alice', 'not_answer alice'],
    ],
    [
      'is ended by the server',
      [[5, { type: 'end' }]],
      ['callee_call_canceled bob', 'caller_cancel_call alice', 'cancel alice'],
    ],
    [
      'loses its caller',
      [[5, { type: 'leaseLost', userId: alice, device, nodeDied: false }]],
      ['callee_call_canceled bob', 'caller_call_failed alice', 'interrupt alice'],
    ],
  ])('of a call that %s', (_, events, last) => {
    expect(play(single, events).at(-1)).toEqual(last);
  });

  it('of a call to somebody who is busy, who is never rung', () => {
    expect(play([[bob, true]], [])).toEqual([['caller_start_call alice', 'caller_call_busy alice', 'call_busy alice']]);
  });

  it('of a call that breaks off', () => {
    const told = play(single, [
      [5, accept(bob)],
      [60, { type: 'leaseLost', userId: bob, device, nodeDied: true }],
    ]);
    expect(told.at(-1)).toEqual(['callee_call_interrupted bob', 'caller_call_interrupted alice', 'interrupt alice']);
  });

  it('of somebody who rings and whose account is kicked or deleted', () => {
    const removed: CallEvent = { type: 'removed', userId: bob };
    expect(play(single, [[5, removed]]).at(-1)).toEqual([
      'callee_call_interrupted bob',
      'caller_call_failed alice',
      'interrupt alice',
    ]);
    const both = [
      [bob, false],
      [carol, false],
    ] as const;
    expect(play(both, [[5, removed]]).at(-1)).toEqual(['callee_call_interrupted bob']);
  });

  it('of a group call: who answers, is invited, joins and leaves; of its end, normal_end only', () => {
    const told = play(
      [
        [bob, false],
        [carol, true],
      ],
      [
        [5, accept(bob)],
        [6, { type: 'invite', userId: bob, device, invitees: [person(carol)], timeout: 30_000, userData: '' }],
        [7, accept(carol)],
        [8, hangUp(carol)],
        [9, { type: 'join', person: person(carol), device, groupMember: false }],
        [10, hangUp(alice)],
        [11, { type: 'end' }],
      ],
    );
    expect(told).toEqual([
      ['caller_start_call alice', 'callee_receive_call bob'],
      ['callee_accept_call bob', 'caller_call_accepted alice'],
      ['invite_user bob', 'callee_receive_call carol'],
      ['callee_accept_call carol'],
      ['callee_call_end carol'],
      ['join_in_group_call carol'],
      ['caller_call_end alice'],
      ['callee_call_end bob', 'callee_call_end carol', 'normal_end alice'],
    ]);
  });
});

it('the legacy API tells the caller of who joins a call that nobody has answered, and of nobody after', () => {
  const both = [
    [bob, false],
    [carol, false],
  ] as const;
  expect(
    play(both, [
      [4, { type: 'reject', userId: carol, device }],
      [5, { type: 'join', person: person(carol), device, groupMember: false }],
      [6, accept(bob)],
      [60, { type: 'end' }],
    ]),
  ).toEqual([
    ['caller_start_call alice', 'callee_receive_call bob', 'callee_receive_call carol'],
    ['callee_reject_call carol'],
    ['join_in_group_call carol', 'caller_call_accepted alice'],
    ['callee_accept_call bob'],
    ['caller_call_end alice', 'callee_call_end bob', 'callee_call_end carol', 'normal_end alice'],
  ]);
});

describe('a legacy callback', () => {
  let scene: WebhookScene;
  let there: Receiver;
  afterEach(async () => {
    await scene.close();
    await there.stop();
  });

  const open = async () => {
    scene = await WebhookScene.open();
    there = await Receiver.open((answer) => answer(200, '{"ErrorCode":0,"ErrorMessage":"Success"}'));
    await scene.endpoint(`${there.url}?x=1`, { format: 'v1', id: 'legacy', commands: [...legacyFormat.commands] });
  };
  const event = (seq: number, part = 0) =>
    scene.event(1, seq, {
      endpoint: 'legacy',
      format: 'v1',
      part,
      command: 'caller_start_call',
      body: '{"UserId":"alice"}',
    });

  it('has a query in lower case, in the documented order, and the headers of Standard Webhooks', async () => {
    await open();
    await scene.write(event(1));
    const [got] = await there.gets(1);
    expect([...(got?.query ?? [])]).toEqual([
      ['x', '1'],
      ['sdkappid', '1400000001'],
      ['command', 'caller_start_call'],
      ['contenttype', 'json'],
      ['clientip', '203.0.113.7'],
      ['optplatform', 'Web'],
    ]);
    expect(got?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it.each([
    ['a byte order mark before it', '\ufeff{"ErrorCode":0}'],
    ['the number as text', '{"ErrorCode":"0"}'],
    ['60 KiB around it', JSON.stringify({ before: 'é'.repeat(30_000), ErrorCode: 0 })],
  ])('is taken with an answer whose ErrorCode is 0, with %s', async (_, body) => {
    await open();
    there.reply = (answer) => answer(200, body);
    await scene.write(event(1));
    await scene.tried(1);
    expect(scene.attempts).toMatchObject([{ outcome: 'delivered' }]);
    const [row] = scene.file.rows('SELECT answer FROM attempts');
    expect(Buffer.byteLength(String(row?.answer))).toBeLessThanOrEqual(4096 + 2);
  });

  it.each([
    ['an ErrorCode that is not 0', 200, '{"ErrorCode":1,"ErrorMessage":"no"}'],
    ['no ErrorCode', 200, '{}'],
    ['no JSON', 200, 'OK'],
    ['HTTP 500', 500, '{"ErrorCode":0}'],
  ])(
    'that is answered with %s is tried six times after 0, 1, 1, 2, 3 and 5 s, then parked',
    async (_, status, body) => {
      await open();
      there.reply = (answer) => answer(status, body);
      await scene.write(event(1), event(1, 1), event(2));
      for (const [index, seconds] of [1, 1, 2, 3, 5].entries()) {
        await scene.tried(index + 1);
        scene.clock.advance(seconds * 1000 - 1);
        expect(scene.attempts.length).toBe(index + 1);
        scene.clock.advance(1);
      }
      await scene.tried(6);
      expect(scene.attempts.map(({ outcome }) => outcome).slice(0, 6)).toEqual([...Array(5).fill('failed'), 'parked']);
      // The next callback of the call gets its own six attempts.
      there.reply = (answer) => answer(200, '{"ErrorCode":0}');
      scene.clock.advance(1000);
      await scene.tried(9);
      await scene.until(() => scene.waiting === 0, 'nothing waits');
      expect(scene.onDisk).toEqual([{ call_id: idOf(1), event_seq: 1, attempts: 6, parked: 1 }]);
      expect(new Set(there.ids)).toEqual(new Set(['1-v1-0', '1-v1-1', '2-v1-0'].map((end) => `${idOf(1)}-${end}`)));
    },
  );
});
