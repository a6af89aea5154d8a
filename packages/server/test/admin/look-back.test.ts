import { callId, sdkAppId, type UserId, userId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { lookBack } from '../../src/admin/look-back.ts';
import type { LoggedPush } from '../../src/ports/push.ts';

const app = sdkAppId(1_400_000_001);
const id = callId('0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31');
const bob = userId('bob');

const note = (startedAt: number, who: UserId, at = startedAt): LoggedPush => ({
  callId: id,
  startedAt,
  at,
  event: { what: 'skipped', userId: who, why: 'off' },
});

/** A log of these notes, the newest calls first, and how often it was read. */
function logOf(notes: readonly LoggedPush[]) {
  const log = {
    reads: 0,
    recent: async (_: unknown, before: number, limit: number) => {
      log.reads += 1;
      return notes.filter(({ startedAt }) => startedAt < before).slice(0, limit);
    },
  };
  return log;
}

const carol = (count: number, newest: number): LoggedPush[] =>
  Array.from({ length: count }, (_, n) => note(newest - n, userId('carol')));

const bobs = (log: ReturnType<typeof logOf>, limit = 10, before = Number.MAX_SAFE_INTEGER) =>
  lookBack(log, { app, before, limit, wanted: ({ event }) => event.userId === bob });

describe('a look back for one user', () => {
  it('goes on behind the notes of others, and to the beginning of the log', async () => {
    const mine = [note(2000, bob), note(1000, bob)];
    const log = logOf([...carol(12_000, 20_000), ...mine]);
    expect(await bobs(log)).toEqual({ found: mine });
    expect(log.reads).toBe(3);
  });

  it('ends when it has as many as were asked for', async () => {
    const log = logOf([note(30_000, bob), note(29_000, bob), ...carol(12_000, 20_000)]);
    expect(await bobs(log, 1)).toEqual({ found: [note(30_000, bob)] });
    expect(log.reads).toBe(1);
  });

  it('loses and repeats nothing of calls that the end of a page cuts', async () => {
    const cut = [note(500, bob, 1), note(500, bob, 2), note(500, bob, 3), note(400, bob)];
    expect(await bobs(logOf([...carol(4998, 20_000), ...cut]))).toEqual({ found: cut });
  });

  it('says where it ended when the log is too long, and goes on from there', async () => {
    const log = logOf([...carol(110_000, 200_000), note(1000, bob)]);
    const { found, lookedTo = 0 } = await bobs(log);
    expect([found, log.reads]).toEqual([[], 20]);
    expect(lookedTo).toBeGreaterThan(90_000);
    expect(lookedTo).toBeLessThan(101_000);
    expect(await bobs(log, 10, lookedTo)).toEqual({ found: [note(1000, bob)] });
  });

  it('gets past a moment that fills a page', async () => {
    const crowd = Array.from({ length: 6000 }, (_, n) => note(700, userId('carol'), n));
    expect(await bobs(logOf([...crowd, note(600, bob)]))).toEqual({ found: [note(600, bob)] });
  });
});
