import { expect, it } from 'vitest';
import { StalledCalls } from '../../src/webhooks/stalled-calls.ts';
import { idOf } from '../stores/support/fake-calls.ts';

const call = (n: number, notBefore: number) => ({ callId: idOf(n), startedAt: n, notBefore });
const ids = (calls: readonly { readonly callId: string }[]) => calls.map(({ callId }) => callId);

it('calls that are set aside come back when they are due, a few at a time, each once', () => {
  const stalled = new StalledCalls(100);
  for (const n of [5, 1, 4, 2, 3]) stalled.add(call(n, n * 1000));
  expect(stalled.next).toBe(1000);
  expect(stalled.take(999, 10)).toEqual([]);
  expect(ids(stalled.take(4000, 2))).toEqual([1, 4].map(idOf));
  expect(stalled.take(4000, 0)).toEqual([]);
  expect(ids(stalled.take(4000, 10))).toEqual([2, 3].map(idOf));
  expect([stalled.has(idOf(2)), stalled.has(idOf(5))]).toEqual([false, true]);
  expect(stalled.next).toBe(5000);
  stalled.release();
  expect(ids(stalled.take(4001, 10))).toEqual([idOf(5)]);
  expect(stalled.size).toBe(0);
  expect(stalled.next).toBe(Number.POSITIVE_INFINITY);
});

it('no more calls are set aside than there is room for', () => {
  const stalled = new StalledCalls(2);
  stalled.add(call(1, 1000));
  expect(stalled.full).toBe(false);
  stalled.add(call(2, 1000));
  expect(stalled.full).toBe(true);
  expect(stalled.takeFirst()?.callId).toBe(idOf(1));
  expect(stalled.full).toBe(false);
});
