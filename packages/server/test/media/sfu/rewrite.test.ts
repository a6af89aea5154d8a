import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rewriter, rewriteAgain } from '../../../src/media/sfu/child/rewrite.ts';
import { readVp8, vp8View } from '../../../src/media/sfu/child/vp8.ts';

/** A packet of VP8 with a picture id and TL0PICIDX. */
function packet(picture: number, tl0: number): Buffer {
  const made = Buffer.alloc(30);
  made[0] = 0x80;
  made.set([0x90, 0xe0, 0x80 | (picture >> 8), picture & 0xff, tl0, 0x20, 0], 12);
  return made;
}

function viewOf(of: Buffer) {
  const view = vp8View();
  readVp8(of, 12, of.length, view);
  return view;
}

const numbers = (of: Buffer) => ({
  sequence: of.readUInt16BE(2),
  timestamp: of.readUInt32BE(4),
  picture: ((of[14] ?? 0) & 0x7f) * 256 + (of[15] ?? 0),
  tl0: of[16],
});

/** Sends packets `from`… of a source, each a picture, 3000 ticks apart. */
function send(
  rewriter: Rewriter<string>,
  source: { name: string; number: number; time: number; picture: number },
  count: number,
  begin: number | undefined,
) {
  const sent: ReturnType<typeof numbers>[] = [];
  for (let i = 0; i < count; i += 1) {
    const made = packet((source.picture + i) & 0x7fff, (source.picture + i) & 0xff);
    const view = viewOf(made);
    const time = (source.time + i * 3000) >>> 0;
    if (i === 0 && begin !== undefined) rewriter.begin(source.name, source.number, time, begin, view);
    expect(rewriter.rewrite(made, source.number + i, time, view)).toBe(true);
    sent.push(numbers(made));
  }
  return sent;
}

describe('a stream made of several sources', () => {
  it('runs on over a change of source in all its numbers, wherever they start', () => {
    const anyNumber = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const anySource = fc.record({
      name: fc.constantFrom('a', 'b'),
      number: anyNumber,
      time: anyNumber,
      picture: fc.integer({ min: 0, max: 0x7fff }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65_000 }),
        fc.array(anySource, { minLength: 2, maxLength: 6 }),
        (start, sources) => {
          const rewriter = new Rewriter<string>(start);
          const sent = sources.flatMap((source, i) =>
            send(rewriter, source, 5, i === 0 ? source.time : rewriter.timestamp + 3000),
          );
          for (const [i, now] of sent.entries()) {
            const before = sent[i - 1];
            if (before === undefined) continue;
            expect((now.sequence - before.sequence) & 0xffff).toBe(1);
            expect((now.timestamp - before.timestamp) >>> 0).toBe(3000);
            expect((now.picture - before.picture) & 0x7fff).toBe(1);
            expect(((now.tl0 ?? 0) - (before.tl0 ?? 0)) & 0xff).toBe(1);
          }
        },
      ),
    );
  });

  it('leaves out packets that are older than the change, and takes late ones that are not', () => {
    const rewriter = new Rewriter<string>(100);
    send(rewriter, { name: 'a', number: 500, time: 0, picture: 0 }, 3, 0);
    send(rewriter, { name: 'b', number: 70, time: 0, picture: 9 }, 1, 9000);
    const [old, ahead, late] = [packet(8, 8), packet(11, 11), packet(10, 10)];
    expect(rewriter.rewrite(old, 69, 0, viewOf(old))).toBe(false);
    expect(rewriter.rewrite(ahead, 72, 6000, viewOf(ahead))).toBe(true);
    expect(rewriter.rewrite(late, 71, 3000, viewOf(late))).toBe(true);
    expect([numbers(ahead).sequence, numbers(late).sequence]).toEqual([105, 104]);
    expect(rewriter.timestamp).toBe(numbers(ahead).timestamp);
  });

  it('finds where a sent packet came from, in this stretch and in those before, and rewrites it as it was', () => {
    const rewriter = new Rewriter<string>(65_534);
    const first = send(rewriter, { name: 'a', number: 500, time: 50, picture: 7 }, 4, 50);
    const second = send(rewriter, { name: 'b', number: 70, time: 0, picture: 9 }, 2, 20_000);
    expect([...first, ...second].map(({ sequence }) => sequence)).toEqual([65_534, 65_535, 0, 1, 2, 3]);
    const origin = rewriter.origin(65_535);
    expect(origin).toMatchObject({ number: 501, segment: { source: 'a' } });
    expect(rewriter.origin(2)).toMatchObject({ number: 70, segment: { source: 'b' } });
    expect(rewriter.origin(4)).toBeUndefined();
    expect(rewriter.origin(65_000)).toBeUndefined();
    const again = packet(8, 8);
    if (origin !== undefined) rewriteAgain(again, origin.segment, origin.number, 50 + 3000, viewOf(again));
    expect(numbers(again)).toEqual(first[1]);
  });

  it('forgets a source that is gone', () => {
    const rewriter = new Rewriter<string>(1);
    send(rewriter, { name: 'a', number: 500, time: 50, picture: 7 }, 4, 50);
    rewriter.forget('a');
    expect(rewriter.origin(2)).toBeUndefined();
    expect(rewriter.rewrite(packet(11, 11), 504, 0, viewOf(packet(11, 11)))).toBe(false);
  });

  it('sends nothing before it begins, and remembers a few stretches only', () => {
    const rewriter = new Rewriter<string>(1);
    expect(rewriter.rewrite(packet(0, 0), 1, 1, undefined)).toBe(false);
    for (let i = 0; i < 10; i += 1) send(rewriter, { name: `s${i}`, number: 1, time: 1, picture: 1 }, 1, i);
    expect(rewriter.origin(1)).toBeUndefined();
    expect(rewriter.origin(10)).toMatchObject({ segment: { source: 's9' } });
  });
});
