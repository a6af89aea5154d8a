import type { Call } from 'ringback-engine';
import { expect, test } from 'vitest';
import { LiveCalls } from '../../src/calls/live-calls.ts';
import type { LiveVersion } from '../../src/ports/record-search.ts';
import { appA, idOf } from '../stores/support/fake-calls.ts';
import { ManualClock } from '../support/manual-clock.ts';

const [first, second] = [idOf(1), idOf(2)];
const call = (callId: typeof first, endedAt = 0) => ({ app: appA, callId, version: 1, endedAt }) as unknown as Call;
const version = (callId: typeof first): LiveVersion => ({ app: appA, callId, version: 1 });

/** Live calls beside another node, whose looks at the store are answered by the test. */
function scene() {
  const clock = new ManualClock();
  const looks: ((found: readonly LiveVersion[]) => void)[] = [];
  const told: string[] = [];
  const live = new LiveCalls({
    clock,
    store: { read: async (_, callId) => call(callId) },
    search: { liveVersions: () => new Promise((resolve) => looks.push(resolve)) },
    failed: (error) => {
      throw error;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    live,
    told,
    watch: () =>
      live.watch((_, callId, now) =>
        told.push(`${callId === first ? 'first' : 'second'} ${now ? 'is there' : 'is over'}`),
      ),
    answer: async (...found: readonly LiveVersion[]) => {
      looks.shift()?.(found);
      await settle();
    },
    next: async () => {
      clock.advance(1000);
      await settle();
      expect(looks).toHaveLength(1);
    },
  };
}

test('a call that begins while the store is asked is not told to be over', async () => {
  const { live, told, watch, answer, next } = scene();
  const stop = watch();
  await answer(version(first));
  await next();
  live.changed(call(second));
  // The store was read before it began.
  await answer(version(first));
  expect(told).toEqual(['second is there']);
  await next();
  await answer(version(second));
  expect(told.slice(1)).toEqual(['second is there', 'first is over']);
  stop();
  live.close();
});

test('a call that ends while the store is asked does not come back', async () => {
  const { live, told, watch, answer, next } = scene();
  const stop = watch();
  await answer(version(first), version(second));
  await next();
  live.changed(call(second, 5));
  await answer(version(first), version(second));
  expect(told).toEqual(['second is over']);
  await next();
  await answer(version(first));
  expect(told.every((one) => one === 'second is over')).toBe(true);
  stop();
  live.close();
});
