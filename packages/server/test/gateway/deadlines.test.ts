import { expect, it } from 'vitest';
import { Deadlines } from '../../src/gateway/deadlines.ts';
import { ManualClock } from '../support/manual-clock.ts';

it('a deadline is over when its time has passed, not when somebody sets the time ahead', () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 3000);
  const over: string[] = [];
  const add = (name: string): void => deadlines.add({ deadline: 0, ticket: 0, expire: () => over.push(name) });
  add('early');
  clock.advance(2000);
  add('late');
  clock.leap(3_600_000);
  clock.advance(1000);
  expect(over).toEqual(['early']);
  clock.advance(1999);
  expect(over).toEqual(['early']);
  clock.advance(1);
  expect(over).toEqual(['early', 'late']);
  deadlines.close();
});
