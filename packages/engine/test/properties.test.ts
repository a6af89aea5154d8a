import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attempt, names, World } from './support/world.ts';

const who = fc.nat({ max: names.length - 1 });
const acts = [
  'accept',
  'accept',
  'accept',
  'reject',
  'ignore',
  'hangUp',
  'hangUp',
  'invite',
  'join',
  'switchMedia',
  'leaseLost',
  'signOut',
  'mediaFailed',
  'removed',
  'end',
];

const attempt: fc.Arbitrary<Attempt> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      who,
      callees: fc.array(who, { minLength: 1, maxLength: 4 }),
      strangers: fc.constantFrom(0, 0, 0, 1),
      group: fc.boolean(),
      robot: fc.boolean(),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      act: fc.constantFrom(...acts),
      who,
      device: fc.integer({ min: 1, max: 2 }),
      call: fc.nat({ max: 20 }),
      others: fc.array(who, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }) },
);

describe('whatever the order of events', () => {
  it('the promises of the engine hold after every step, and every call ends once all are silent', () => {
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 1, maxLength: 60 }), (attempts) => {
        const world = new World();
        for (const one of attempts) world.attempt(one);
        world.silence();
        expect(world.calls.every((call) => call.endedAt !== 0)).toBe(true);
        expect(world.seats.size).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });

  it('the random events do reach deep states, so the properties above are not empty', () => {
    const reached = new Set<string>();
    for (const attempts of fc.sample(fc.array(attempt, { minLength: 40, maxLength: 60 }), { numRuns: 300, seed: 7 })) {
      const world = new World();
      for (const one of attempts) world.attempt(one);
      world.silence();
      for (const call of world.calls) {
        if (call.ending !== undefined) reached.add(call.ending.result);
        if (call.members.length > 3) reached.add('big');
      }
      for (const events of world.webhooks.values())
        for (const { changed } of events) for (const { action } of changed) reached.add(action);
    }
    expect([...reached].sort()).toEqual(
      [
        'Answer',
        'Busy',
        'CallBusy',
        'Cancel',
        'Cancel_Invite',
        'Hangup',
        'Interrupt',
        'Invite',
        'Join',
        'NormalEnd',
        'NotAnswer',
        'Offline',
        'Reject',
        'big',
      ].sort(),
    );
  });
});
