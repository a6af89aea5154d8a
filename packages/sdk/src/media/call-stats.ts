import type { Link } from './link.ts';
import type { QualitySample } from './messages.ts';

/** What was counted of one member at the last look. */
interface Counted {
  received: number;
  lost: number;
  freezes: number;
}

/** One look at all connections of a call. */
export interface Look {
  /** 0 to 100, by user; of this user under the own id. */
  readonly volumes: ReadonlyMap<string, number>;
  readonly samples: readonly QualitySample[];
  /** The own line, 0 (unknown) to 6 (down). */
  readonly quality: number;
}

/** Limits of the grades 1 (excellent) to 4 (bad); beyond the last is 5 (very bad). Times in ms. */
const grades = [
  { loss: 0.01, rtt: 150, jitter: 30 },
  { loss: 0.03, rtt: 300, jitter: 60 },
  { loss: 0.08, rtt: 500, jitter: 100 },
  { loss: 0.2, rtt: 800, jitter: 200 },
] as const;

/** Reads the statistics of the browser. */
export class CallStats {
  readonly #counted = new Map<string, Counted>();

  /** `count`: samples count from this look on, and are given. */
  async look(link: Link, me: string, count: boolean): Promise<Look> {
    const volumes = new Map<string, number>();
    const users = new Map(link.receiving.map(({ userId, track }) => [track.id, userId]));
    const found = new Map<string, { -readonly [K in keyof QualitySample]: QualitySample[K] } & Counted>();
    const peer = link.mode === 'p2p' ? link.receiving[0]?.userId : undefined;
    let rtt = 0;
    for (const pc of link.connections) {
      const report = await pc.getStats();
      for (const entry of report.values() as Iterable<Readonly<Record<string, unknown>>>) {
        if (entry.type === 'media-source' && entry.kind === 'audio') volumes.set(me, volumeOf(entry.audioLevel));
        if (entry.type === 'candidate-pair' && entry.nominated === true)
          rtt = Math.max(rtt, numberOf(entry.currentRoundTripTime) * 1000);
        if (entry.type !== 'inbound-rtp') continue;
        const userId = users.get(String(entry.trackIdentifier)) ?? peer;
        if (userId === undefined) continue;
        const sum = found.get(userId) ?? emptySample(userId);
        found.set(userId, sum);
        sum.received += numberOf(entry.packetsReceived);
        sum.lost += Math.max(0, numberOf(entry.packetsLost));
        sum.jitter = Math.max(sum.jitter, numberOf(entry.jitter) * 1000);
        if (entry.kind === 'audio') volumes.set(userId, volumeOf(entry.audioLevel));
        else {
          sum.width = numberOf(entry.frameWidth);
          sum.height = numberOf(entry.frameHeight);
          sum.fps = numberOf(entry.framesPerSecond);
          sum.freezes += numberOf(entry.freezeCount);
        }
      }
    }
    if (!count) return { volumes, samples: [], quality: 0 };
    const samples = [...found.values()].map((sum) => this.#since(sum, rtt));
    return { volumes, samples, quality: this.#quality(link, samples) };
  }

  /** What happened since the last look. */
  #since(sum: QualitySample & Counted, rtt: number): QualitySample {
    const before = this.#counted.get(sum.userId) ?? { received: 0, lost: 0, freezes: 0 };
    this.#counted.set(sum.userId, { received: sum.received, lost: sum.lost, freezes: sum.freezes });
    const received = Math.max(0, sum.received - before.received);
    const lost = Math.max(0, sum.lost - before.lost);
    const { userId, jitter, width, height, fps } = sum;
    return {
      userId,
      rtt: bounded(Math.round(rtt), 60_000),
      loss: received + lost === 0 ? 0 : lost / (received + lost),
      jitter: bounded(Math.round(jitter), 60_000),
      width: bounded(width, 16_384),
      height: bounded(height, 16_384),
      freezes: bounded(Math.max(0, sum.freezes - before.freezes), 100_000),
      fps: bounded(fps, 1000),
    };
  }

  /** The best line is the own one: what is worse is the fault of somebody else's. */
  #quality(link: Link, samples: readonly QualitySample[]): number {
    if (!link.isConnected) return 6;
    if (samples.length === 0) return 0;
    return Math.min(...samples.map(gradeOf));
  }
}

/** 1 (excellent) to 5 (very bad). */
export function gradeOf({ loss, rtt, jitter }: Pick<QualitySample, 'loss' | 'rtt' | 'jitter'>): number {
  const found = grades.findIndex((grade) => loss <= grade.loss && rtt <= grade.rtt && jitter <= grade.jitter);
  return found === -1 ? grades.length + 1 : found + 1;
}

const emptySample = (userId: string) => ({
  userId,
  rtt: 0,
  loss: 0,
  jitter: 0,
  width: 0,
  height: 0,
  freezes: 0,
  fps: 0,
  received: 0,
  lost: 0,
});

const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const bounded = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** Loudness is felt by the root, more or less. */
const volumeOf = (level: unknown): number => Math.round(100 * Math.sqrt(bounded(numberOf(level), 1)));
