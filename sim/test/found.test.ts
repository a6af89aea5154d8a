import { describe, expect, test } from 'vitest';
import { run } from '../run.ts';
import type { Behaviour, Plan } from '../world/plan.ts';

/** Histories, cut down by hand, that once broke a promise. */

const answers = (talk: number): Behaviour => ({
  device: 0,
  act: 'accept',
  delay: 300,
  talk,
  other: { act: 'silent', delay: 0 },
});

/**
 * A device is gone; the database goes away for both nodes; the call is ended over REST, which waits for the database and fails
 * after a while. Meanwhile the database is back, and the lease is lost of a member whom the end would have taken out.
 */
const endThatFails = (seed: number): Plan => ({
  seed,
  length: 3_600_000,
  nodes: 2,
  receivers: 1,
  users: 6,
  actions: [
    {
      kind: 'call',
      n: 0,
      at: 10_000,
      caller: 1,
      device: 0,
      robot: false,
      callees: [2, 4],
      group: true,
      timeout: 10_000,
      talk: 75_000,
      behaviours: { 2: answers(75_000), 4: answers(75_000) },
      extras: [
        { what: 'vanish', after: 3000, user: 2, away: 70_000 },
        { what: 'end', after: 15_300 },
      ],
    },
    { kind: 'fault', at: 24_500, what: 'cutDatabase', node: 0, ms: 3500 },
    { kind: 'fault', at: 24_500, what: 'cutDatabase', node: 1, ms: 3500 },
  ],
});

describe('what was found once stays mended', () => {
  test('a lease that is lost while the end of the call fails is still somebody’s', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      expect((await run(endThatFails(seed))).broken, `seed ${seed}`).toBeUndefined();
    }
  }, 120_000);
});
