import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoopProbe } from '../../src/gateway/overload.ts';

/** Keeps the event loop from everything else, again and again. */
async function block(times: number, ms: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    for (const until = performance.now() + ms; performance.now() < until; );
    await sleep(1);
  }
}

describe('LoopProbe', () => {
  const probe = new LoopProbe(60);
  afterEach(() => probe.close());

  it('says when the event loop is late, and when it is not any more', async () => {
    probe.open();
    await block(5, 250);
    expect(probe.overloaded).toBe(true);
    await vi.waitFor(() => expect(probe.overloaded).toBe(false), 20_000);
  });

  it('rests while nobody asks, and measures again from the first question on', async () => {
    const started = vi.spyOn(globalThis, 'setInterval');
    probe.open();
    await block(5, 250);
    // What it knew is too old by the time that it rests.
    await vi.waitFor(() => expect(probe.delay).toBe(0), 20_000);
    expect(started).toHaveBeenCalledTimes(1);
    expect(probe.overloaded).toBe(false);
    expect(started).toHaveBeenCalledTimes(2);
    await block(5, 250);
    expect(probe.overloaded).toBe(true);
    probe.close();
    expect(probe.overloaded).toBe(false);
    expect(started).toHaveBeenCalledTimes(2);
    started.mockRestore();
  });
});
