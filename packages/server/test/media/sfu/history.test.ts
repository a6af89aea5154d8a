import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gaps } from '../../../src/media/sfu/child/gaps.ts';
import { PacketHistory } from '../../../src/media/sfu/child/history.ts';
import { Reception } from '../../../src/media/sfu/child/reception.ts';

describe('the history of a source', () => {
  it('gives a packet as it came, until others have taken its place', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 12, max: 90 }), { minLength: 1, maxLength: 200 }), (lengths) => {
        const history = new PacketHistory({ bytes: 1000, slots: 32 });
        const into = Buffer.alloc(100);
        for (const [number, length] of lengths.entries()) history.put(number, Buffer.alloc(length, number));
        let kept = 0;
        for (const [number, length] of lengths.entries()) {
          const got = history.get(number, into);
          if (got === 0) {
            // What is gone, is gone with all that is older.
            expect(kept).toBe(0);
            continue;
          }
          kept += 1;
          expect(into.subarray(0, got).equals(Buffer.alloc(length, number))).toBe(true);
        }
        expect(kept).toBeGreaterThanOrEqual(Math.min(lengths.length, 9));
      }),
    );
  });

  it('has nothing of a packet that never came, nor of one with the same slot', () => {
    const history = new PacketHistory({ bytes: 1000, slots: 32 });
    history.put(5, Buffer.alloc(20));
    expect(history.get(6, Buffer.alloc(100))).toBe(0);
    expect(history.get(5 + 32, Buffer.alloc(100))).toBe(0);
    expect(history.get(-27, Buffer.alloc(100))).toBe(0);
  });

  it('takes no packet that is larger than itself', () => {
    const history = new PacketHistory({ bytes: 100, slots: 32 });
    history.put(1, Buffer.alloc(101));
    expect(history.get(1, Buffer.alloc(200))).toBe(0);
  });
});

describe('the gaps of a source', () => {
  it('are asked for at once, again after a while, and given up in the end', () => {
    const gaps = new Gaps();
    expect(gaps.skipped(10, 13)).toBe(true);
    expect(gaps.due(0)).toEqual({ ask: [11, 12], givenUp: 0 });
    expect(gaps.due(20)).toEqual({ ask: [], givenUp: 0 });
    gaps.arrived(11);
    let now = 60;
    for (let i = 1; i < 10; i += 1, now += 60) expect(gaps.due(now)).toEqual({ ask: [12], givenUp: 0 });
    expect(gaps.due(now)).toEqual({ ask: [], givenUp: 1 });
    expect(gaps.size).toBe(0);
  });

  it('are given up at once when they are too long, one alone or all together', () => {
    const gaps = new Gaps();
    expect(gaps.skipped(0, 1000)).toBe(false);
    expect(gaps.size).toBe(0);
    expect(gaps.skipped(0, 290)).toBe(true);
    expect(gaps.skipped(1000, 1290)).toBe(true);
    expect(gaps.skipped(2000, 2290)).toBe(false);
    expect(gaps.size).toBe(0);
  });
});

describe('what is reported to a sender', () => {
  const feed = (numbers: readonly number[]) => {
    const reception = new Reception(90_000);
    for (const number of numbers) reception.packet(number, number * 900, number * 10);
    return reception;
  };

  it('is nothing before a packet came', () => {
    expect(new Reception(90_000).report(1, 0)).toBeUndefined();
  });

  it('counts what is lost, since the last report and in all', () => {
    const reception = feed([1, 2, 4, 5, 6, 7, 8, 10]);
    expect(reception.report(1, 0)).toMatchObject({ lost: 2, fractionLost: 51, highest: 10, jitter: 0 });
    reception.packet(11, 9900, 110);
    expect(reception.report(1, 0)).toMatchObject({ lost: 2, fractionLost: 0, highest: 11 });
    // A late packet makes good for one that was counted as lost.
    reception.packet(9, 8100, 120);
    expect(reception.report(1, 0)).toMatchObject({ lost: 1, fractionLost: 0 });
  });

  it('says when the last report of the sender came', () => {
    const reception = feed([1]);
    expect(reception.report(1, 500)).toMatchObject({ lastReport: 0, sinceReport: 0 });
    reception.senderReport(0x12345678, 1000);
    expect(reception.report(1, 1500)).toMatchObject({ lastReport: 0x12345678, sinceReport: 32768 });
  });
});
