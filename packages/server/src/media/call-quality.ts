import type { QualitySample, UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { QualityReport } from '../ports/media.ts';
import { CallNetwork } from './quality.ts';

/** ms; news of the network are gathered for so long. */
const patience = 1000;

/** Reports kept of one call at most: those of nine members for six hours. */
const mostReports = 40_000;

/** Takes the quality reports of a call's devices: keeps them, and tells members when the network of the others changes. */
export class CallQuality {
  readonly #options: {
    readonly clock: Clock;
    /** Who is in the call. */
    readonly members: () => Iterable<UserId>;
    readonly keep: (report: QualityReport) => void;
    readonly tell: (userId: UserId, members: { userId: UserId; quality: number }[]) => void;
  };
  readonly #network = new CallNetwork();
  /** What was told last. */
  #told = new Map<UserId, number>();
  #kept = 0;
  #cancel: (() => void) | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly members: () => Iterable<UserId>;
    readonly keep: (report: QualityReport) => void;
    readonly tell: (userId: UserId, members: { userId: UserId; quality: number }[]) => void;
  }) {
    this.#options = options;
  }

  report(viewer: UserId, samples: readonly QualitySample[]): void {
    const { clock, members, keep } = this.#options;
    const others = new Set<string>(members());
    others.delete(viewer);
    // Of whom the viewer cannot receive anything there is nothing to say, nor of anybody twice.
    const own = samples.filter(({ userId }) => others.delete(userId)).map(sampleOf);
    if (own.length === 0) return;
    const at = clock.now();
    if (this.#kept < mostReports) {
      this.#kept += 1;
      keep({ at, viewer, samples: own });
    }
    this.#network.report(viewer, own, at);
    this.#cancel ??= clock.timer(patience, () => {
      this.#cancel = undefined;
      this.#tellNews();
    });
  }

  forget(userId: UserId): void {
    this.#network.forget(userId);
    this.#told.delete(userId);
  }

  close(): void {
    this.#cancel?.();
  }

  #tellNews(): void {
    const { clock, members, tell } = this.#options;
    const grades = this.#network.grades(members(), clock.now());
    const news = [...grades].some(([userId, quality]) => this.#told.get(userId) !== quality);
    this.#told = grades;
    if (!news) return;
    for (const viewer of grades.keys()) {
      const others = [...grades].filter(([userId]) => userId !== viewer);
      tell(
        viewer,
        others.map(([userId, quality]) => ({ userId, quality })),
      );
    }
  }
}

/** The declared members only. */
const sampleOf = ({ userId, rtt, loss, jitter, width, height, freezes, fps }: QualitySample): QualitySample => ({
  userId,
  rtt,
  loss,
  jitter,
  width,
  height,
  freezes,
  fps,
});
