import type { QualitySample, UserId } from 'ringback-protocol';

/** Limits of the grades 1 (excellent) to 4 (bad); beyond the last is 5 (very bad). Times in ms. */
const grades = [
  { loss: 0.01, rtt: 150, jitter: 30 },
  { loss: 0.03, rtt: 300, jitter: 60 },
  { loss: 0.08, rtt: 500, jitter: 100 },
  { loss: 0.2, rtt: 800, jitter: 200 },
] as const;

/** ms; a sample says nothing of the present after this. */
const freshness = 15_000;

/** The grade of one sample, 1 to 5. */
export function gradeOf(sample: Pick<QualitySample, 'loss' | 'rtt' | 'jitter'>): number {
  const found = grades.findIndex(
    ({ loss, rtt, jitter }) => sample.loss <= loss && sample.rtt <= rtt && sample.jitter <= jitter,
  );
  return found === -1 ? grades.length + 1 : found + 1;
}

interface Link {
  readonly viewer: UserId;
  readonly userId: UserId;
  readonly grade: number;
  /** ms. */
  readonly at: number;
}

/**
 * The network quality of the members of one call, from what their devices report of each other. A member's line is at
 * least as good as the best that somebody receives of the member, and that the member receives of somebody: what is worse
 * than that is the fault of the other line.
 */
export class CallNetwork {
  /** By viewer, then by whom the viewer receives. */
  readonly #links = new Map<UserId, Map<UserId, Link>>();

  /** `now` in ms. */
  report(viewer: UserId, samples: readonly QualitySample[], now: number): void {
    const links = new Map<UserId, Link>();
    for (const sample of samples) {
      const userId = sample.userId as UserId;
      links.set(userId, { viewer, userId, grade: gradeOf(sample), at: now });
    }
    this.#links.set(viewer, links);
  }

  forget(userId: UserId): void {
    this.#links.delete(userId);
    for (const links of this.#links.values()) links.delete(userId);
  }

  /** 0 (unknown) to 5 for each of `members`. `now` in ms. */
  grades(members: Iterable<UserId>, now: number): Map<UserId, number> {
    const [up, down] = [new Map<UserId, number>(), new Map<UserId, number>()];
    const better = (map: Map<UserId, number>, userId: UserId, grade: number): void => {
      map.set(userId, Math.min(map.get(userId) ?? grade, grade));
    };
    for (const links of this.#links.values()) {
      for (const { viewer, userId, grade, at } of links.values()) {
        if (now - at > freshness) continue;
        better(up, userId, grade);
        better(down, viewer, grade);
      }
    }
    const found = new Map<UserId, number>();
    for (const userId of members) found.set(userId, Math.max(up.get(userId) ?? 0, down.get(userId) ?? 0));
    return found;
  }
}
