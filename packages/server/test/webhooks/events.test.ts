import { callId, sdkAppId, userId } from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { webhookEvents } from '../../src/webhooks/events/index.ts';
import { formats } from '../../src/webhooks/formats.ts';
import { legacyPayload } from '../../src/webhooks/legacy/body.ts';
import { sampleSteps } from '../../src/webhooks/sample.ts';
import { idOf } from '../stores/support/fake-calls.ts';

const steps = sampleSteps(
  {
    app: sdkAppId(1),
    callId: callId(idOf(1)),
    caller: userId('alice'),
    callee: userId('bob'),
    now: 1_780_000_000_000,
  },
  ['StartCall', 'MemberChanged', 'EndCall'],
);

describe('the list of events', () => {
  it('has the three documented ones', () => {
    expect(webhookEvents.map(({ command }) => command)).toEqual([
      'Call.CallbackAfterStartCall',
      'Call.CallbackAfterMemberChanged',
      'Call.CallbackAfterEndCall',
    ]);
  });

  it.each(webhookEvents.map((event) => [event.command, event] as const))(
    '%s: its example and what is sent are what its schema says, with no member more',
    (command, { payload, example }) => {
      const schema = Compile(payload);
      const sent = steps.flatMap((step) => formats.v4.tell(step)).filter((one) => one.command === command);
      expect(sent.length).toBeGreaterThan(0);
      for (const one of [example, ...sent.map(({ body }) => body)]) {
        expect(schema.Check(one)).toBe(true);
        expect(Object.keys(one).sort()).toEqual(Object.keys(payload.properties).sort());
      }
    },
  );

  it.each([
    ['Web', 'Web'],
    ['RESTAPI', 'RESTAPI'],
    ['Linux', 'Unknown'],
    ['miniProgram', 'Unknown'],
  ])('of platform %s say OptPlatform %s, which is one that the API documents', (platform, told) => {
    const query = { command: 'Call.CallbackAfterEndCall', clientIp: '', platform };
    expect(new URLSearchParams(formats.v4.query(sdkAppId(1), query)).get('OptPlatform')).toBe(told);
  });

  it('are numbered without a gap, and their times rise', () => {
    const told = steps.flatMap((step) => formats.v4.tell(step));
    expect(told.map(({ eventSeq }) => eventSeq)).toEqual([1, 2, 3, 4]);
    for (const [index, one] of told.entries()) {
      if (index > 0) expect(one.eventTime).toBeGreaterThan(told[index - 1]?.eventTime ?? 0);
    }
  });
});

describe('callbacks of the legacy API', () => {
  it('are what their schema says', () => {
    const schema = Compile(legacyPayload);
    const told = steps.flatMap((step) => formats.v1.tell(step));
    expect(told.map(({ command }) => command)).toEqual([
      'caller_start_call',
      'callee_receive_call',
      'callee_accept_call',
      'caller_call_accepted',
      'callee_call_end',
      'caller_call_end',
      'normal_end',
    ]);
    for (const { body } of told) expect(schema.Check(body)).toBe(true);
    const last = told.at(-1)?.body as Record<string, unknown>;
    expect(last).toMatchObject({ UserId: 'alice', Role: 'caller', CallResult: 'normal_end', EndTs: 1_780_000_000 });
    expect(told[2]?.body).toMatchObject({ UserId: 'bob', Role: 'callee', CallResult: '', EndTs: 0 });
  });
});
