import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/media/sfu/child/pace.ts';

/** How many of a thousand that come at once are not too many. */
const taken = (pace: Pace, now: number) => Array.from({ length: 1000 }, () => pace.take(now)).filter(Boolean).length;

describe('a rate that may not be exceeded', () => {
  it('is that of a second, however often one has looked', () => {
    const pace = new Pace(100, 0);
    expect(taken(pace, 10)).toBe(100);
    expect(pace.second(500)).toBe(1000);
    expect(taken(pace, 600)).toBe(100);
  });

  it('allows for the time in which the process stood still, before it was counted and after', () => {
    const pace = new Pace(100, 0);
    expect(taken(pace, 5000)).toBe(500);
    pace.second(5000);
    expect(taken(pace, 5010)).toBe(500);
    pace.second(6000);
    expect(taken(pace, 6010)).toBe(100);
  });
});
