import { expect, test } from 'vitest';
import { FrameGauge } from '../../src/signalling/gauge.ts';
import { defaultLimits } from '../../src/signalling/limits.ts';

test('frames that were held back over the turn of a second count for the one in which they were sent', () => {
  const gauge = new FrameGauge({ ...defaultLimits, framesPerSecond: 3 });
  const admitted = (count: number, now: number) =>
    Array.from({ length: count }, () => gauge.admits(true, 1, now)).filter(Boolean).length;
  expect(admitted(4, 1000)).toBe(3);
  // A pause within the second is none for the count.
  gauge.heldBack(2100, 2900);
  expect(admitted(4, 2950)).toBe(3);
  gauge.heldBack(3990, 4010);
  expect(admitted(7, 4020)).toBe(6);
  expect(admitted(4, 5000)).toBe(3);
  gauge.heldBack(6500, 8500);
  expect(admitted(10, 8600)).toBe(9);
  // A clock that was set back takes nothing away.
  gauge.heldBack(9000, 5000);
  expect(admitted(4, 5000)).toBe(3);
});
