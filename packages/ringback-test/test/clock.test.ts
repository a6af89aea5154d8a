import { describe, expect, it } from 'vitest';
import { TestClock } from '../../server/src/emulator/test-clock.ts';
import { withEmulator } from './support.ts';

describe('the test clock', () => {
  it('stands until it is moved, and fires what is due in the order of time', () => {
    const clock = new TestClock(1000);
    const fired: string[] = [];
    clock.timer(20, () => fired.push('b'));
    clock.timer(10, () => fired.push('a'));
    const cancel = clock.timer(15, () => fired.push('never'));
    clock.schedule('script', 20, () => fired.push('c'));
    cancel();
    expect([clock.now(), clock.next(), clock.next('script')]).toEqual([1000, 1010, 1020]);
    clock.moveTo(1020);
    expect(fired).toEqual([]);
    expect(clock.fireDue()).toBe(3);
    expect(fired).toEqual(['a', 'b', 'c']);
    expect(clock.next()).toBe(Number.POSITIVE_INFINITY);
  });

  it('runs with real time when it is let, and holds still while somebody moves it', async () => {
    const clock = new TestClock(0);
    clock.run();
    await new Promise<void>((resolve) => {
      clock.timer(5, resolve);
    });
    const letGo = clock.hold();
    const now = clock.now();
    expect(now).toBeGreaterThanOrEqual(5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock.now()).toBe(now);
    letGo();
    expect(clock.isRunning).toBe(true);
    clock.pause();
  });
});

const ringing = `
users: { alice: , bob: { whenCalled: nothing } }
timeline: [{ at: 1s, alice: { call: [bob] } }]
`;

describe('time in the emulator', () => {
  it('goes step by step to what happens next', async () => {
    await withEmulator(ringing, async ({ time, underWay }) => {
      expect(underWay.liveCalls).toBe(0);
      expect(await time.step(60_000)).toBe(1000);
      // The ring of thirty seconds runs out.
      expect(await time.step(60_000)).toBe(30_000);
    });
  });

  it('stops a move where it has come to, for who pauses and for who waits no longer', async () => {
    // A call that goes on for ever: there is always a next timer.
    const talking = 'users: { alice: , bob: { whenCalled: answer } }\ntimeline: [{ at: 1s, alice: { call: [bob] } }]';
    await withEmulator(talking, async ({ time, clock, startedAt }) => {
      await time.advance(2000);
      const year = 365 * 86_400_000;
      const moves = [time.advance(year), time.step(year), time.finish(year)];
      await time.stop();
      await Promise.all(moves);
      expect(clock.now() - startedAt).toBeLessThan(year);
      const gone = new AbortController();
      const move = time.advance(year, gone.signal);
      gone.abort();
      expect(await move).toBeLessThan(year);
      const from = clock.now();
      expect([await time.advance(1000), clock.now() - from]).toEqual([1000, 1000]);
      // And closing, which this does next, ends one, too.
      void time.advance(year);
    });
  });

  it('goes on for a year while nobody calls, and devices are still there', async () => {
    await withEmulator('users: { alice: , bob: { whenCalled: answer } }', async (emulator) => {
      await emulator.time.advance(365 * 86_400_000);
      const { callId, refused } = await emulator.act('alice', { name: 'call', options: { to: ['bob'] } });
      expect([refused, emulator.users.map((user) => user.callId)]).toEqual([undefined, [callId, callId]]);
    });
  });
});
