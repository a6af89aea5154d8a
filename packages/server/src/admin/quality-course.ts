import type { UserId } from 'ringback-protocol';
import { gradeOf } from '../media/quality.ts';
import type { QualityReport } from '../ports/media.ts';

/** The stretches of time that a course is told in: `points` of `step` ms, from `from` (ms since 1970) on. */
export interface CourseTimes {
  readonly from: number;
  readonly step: number;
  readonly points: number;
}

/** What one member received of another over time: the mean of each stretch, null where nothing was reported. Times in ms. */
export interface LinkCourse {
  readonly viewer: UserId;
  readonly userId: UserId;
  /** 1 excellent to 5 very bad. */
  readonly grade: readonly (number | null)[];
  /** As a share, 0 to 1. */
  readonly loss: readonly (number | null)[];
  readonly rtt: readonly (number | null)[];
  readonly jitter: readonly (number | null)[];
  readonly fps: readonly (number | null)[];
}

/** ms; devices report every 5 s, and stretches that are shorter would have gaps. */
const shortest = 6000;

/** How the reports of a call, in the order of their times, are spread over at most `points` stretches of the same length. */
export function courseTimes(reports: readonly QualityReport[], points: number): CourseTimes {
  const [first, last] = [reports[0]?.at ?? 0, reports.at(-1)?.at ?? 0];
  const step = Math.max(shortest, Math.ceil((last - first + 1) / points));
  return { from: first, step, points: reports.length === 0 ? 0 : Math.floor((last - first) / step) + 1 };
}

interface Sum {
  n: number;
  loss: number;
  rtt: number;
  jitter: number;
  fps: number;
}

/** The course of each link, in the order in which they were first reported. */
export function coursesOf(
  reports: readonly QualityReport[],
  { from, step, points }: CourseTimes,
): readonly LinkCourse[] {
  const links = new Map<string, { readonly viewer: UserId; readonly userId: UserId; readonly sums: (Sum | null)[] }>();
  for (const { at, viewer, samples } of reports) {
    const place = Math.floor((at - from) / step);
    for (const { userId, loss, rtt, jitter, fps } of samples) {
      const key = JSON.stringify([viewer, userId]);
      let link = links.get(key);
      if (link === undefined) {
        link = { viewer, userId: userId as UserId, sums: new Array<Sum | null>(points).fill(null) };
        links.set(key, link);
      }
      const sum = link.sums[place] ?? { n: 0, loss: 0, rtt: 0, jitter: 0, fps: 0 };
      link.sums[place] = sum;
      sum.n += 1;
      sum.loss += loss;
      sum.rtt += rtt;
      sum.jitter += jitter;
      sum.fps += fps;
    }
  }
  return [...links.values()].map(({ viewer, userId, sums }) => {
    const over = (of: (sum: Sum) => number) => sums.map((sum) => (sum === null ? null : of(sum)));
    const mean = (name: 'loss' | 'rtt' | 'jitter' | 'fps', digits: number) =>
      over((sum) => Number((sum[name] / sum.n).toFixed(digits)));
    return {
      viewer,
      userId,
      grade: over(({ n, loss, rtt, jitter }) => gradeOf({ loss: loss / n, rtt: rtt / n, jitter: jitter / n })),
      loss: mean('loss', 4),
      rtt: mean('rtt', 0),
      jitter: mean('jitter', 0),
      fps: mean('fps', 1),
    };
  });
}
