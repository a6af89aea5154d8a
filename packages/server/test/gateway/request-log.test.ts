import { requestId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { legacyRequestId, requestIdMaker } from '../../src/gateway/request-ids.ts';
import { digitsOf, RequestLog } from '../../src/gateway/request-log.ts';

const now = 1_800_000_000_000;
const next = requestIdMaker();
const note = (log: RequestLog, id: string) =>
  log.note({ requestId: requestId(id), app: 0, clientIp: '127.0.0.1' }, 'service/command', 0, 1.234, now);

describe('the requests of a node', () => {
  it('are found by the whole id and by its digits, as long as they are kept', () => {
    const log = new RequestLog(now, 10);
    const ids = Array.from({ length: 25 }, () => next(now) as string);
    for (const id of ids) note(log, id);
    for (const [n, id] of ids.entries()) {
      const kept = n >= 15;
      expect(log.find(id)?.requestId).toBe(kept ? id : undefined);
      expect(log.find(digitsOf(id) as string)?.requestId).toBe(kept ? id : undefined);
    }
    expect(log.newest(100, () => true).map((one) => one.requestId)).toEqual(ids.slice(15).reverse());
    expect(log.find(ids[20] as string)).toEqual({
      requestId: ids[20],
      app: 0,
      at: now,
      command: 'service/command',
      code: 0,
      took: 1.23,
      clientIp: '127.0.0.1',
    });
  });

  it('are all there where many came before somebody looks, also after the oldest have been overwritten', () => {
    for (const many of [31, 32, 33, 69, 70, 71, 200, 299]) {
      const log = new RequestLog(now, 70);
      const ids = Array.from({ length: many }, () => next(now) as string);
      // One that is longer than any may be does not reach into its neighbours.
      ids[many - 20] = `Id-${'7'.repeat(32)}-O-Seq-${'1'.repeat(40)}`;
      for (const id of ids) note(log, id);
      const kept = ids.slice(-70).reverse();
      expect(log.newest(100, () => true).map((one) => one.requestId)).toEqual(kept.map((id) => id.slice(0, 60)));
    }
  });

  it('of the legacy API have their digits alone, also where a longer one stood', () => {
    const log = new RequestLog(now, 2);
    for (const id of [next(now), next(now)]) note(log, id);
    const legacy = legacyRequestId(next(now));
    note(log, legacy);
    expect(log.newest(1, () => true)[0]?.requestId).toBe(legacy);
    expect(log.find(legacy)?.requestId).toBe(legacy);
  });

  it('are not found by what stands across two of them, or was left by one before', () => {
    const log = new RequestLog(now, 3);
    const zeros = '0'.repeat(32);
    // Counters of any length.
    note(log, `Id-${'1'.repeat(32)}-O-Seq-${'0'.repeat(16)}`);
    note(log, `Id-${'2'.repeat(32)}-O-Seq-1`);
    for (const digits of [zeros, `${'1'.repeat(31)}0`, `${'0'.repeat(16)}${'2'.repeat(16)}`]) {
      expect(log.find(digits)).toBeUndefined();
    }
    expect(log.find('2'.repeat(32))?.requestId).toBe(`Id-${'2'.repeat(32)}-O-Seq-1`);
    expect(log.find('no id')).toBeUndefined();
  });

  it('are counted by minute', () => {
    const log = new RequestLog(now, 2);
    for (let n = 0; n < 5; n += 1) note(log, next(now));
    expect(log.minutes(now - 60_000, now)).toEqual([
      { at: now - (now % 60_000), n: 5, codes: new Map([[0, 5]]), slowest: 1.234 },
    ]);
  });
});
