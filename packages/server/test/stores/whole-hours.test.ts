import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutMinutes, firstWholeHour } from '../../src/stores/whole-hours.ts';

describe('minutes that are cut into whole hours', () => {
  it('are the same minutes, each once, and no hour before the first that is whole', () => {
    const minute = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 40 }), (one, other, wholeFrom) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const { before, hours, after } = cutMinutes(first, last, wholeFrom);
        const all: number[] = [];
        for (let at = before[0]; at <= before[1]; at += 1) all.push(at);
        for (let at = hours[0]; at <= hours[1]; at += 1) {
          expect(at).toBeGreaterThanOrEqual(wholeFrom);
          for (let of = 0; of < 60; of += 1) all.push(at * 60 + of);
        }
        for (let at = after[0]; at <= after[1]; at += 1) all.push(at);
        expect(all).toEqual(Array.from({ length: last - first + 1 }, (_, n) => first + n));
      }),
    );
  });

  it('are left as minutes while nothing is known to be whole', () => {
    for (const from of [firstWholeHour(undefined, false), firstWholeHour(7200, true)]) {
      expect(cutMinutes(0, 600, from).before).toEqual([0, 600]);
    }
    expect(firstWholeHour(7200, false)).toBe(3);
  });
});
