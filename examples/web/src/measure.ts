import type { TUICallEngine } from 'ringback-sdk';

/** What the browser counts of what is received of one member. */
export interface Measured {
  readonly userId: string;
  /** ms. */
  readonly rtt: number;
  /** Share of the packets so far, 0 to 1. */
  readonly loss: number;
  /** Empty without a picture. */
  readonly picture: string;
  readonly freezes: number;
}

/** Measures the call that runs, member by member, by the statistics of its connections. */
export async function measure(engine: TUICallEngine, userIds: readonly string[]): Promise<readonly Measured[]> {
  const media = engine.client.call?.media;
  if (media === undefined) return [];
  const counted: Readonly<Record<string, unknown>>[] = [];
  let rtt = 0;
  for (const connection of media.connections) {
    for (const entry of (await connection.getStats()).values() as Iterable<Readonly<Record<string, unknown>>>) {
      if (entry.type === 'candidate-pair' && entry.nominated === true) {
        rtt = Math.max(rtt, numberOf(entry.currentRoundTripTime) * 1000);
      }
      if (entry.type === 'inbound-rtp') counted.push(entry);
    }
  }
  return userIds.flatMap((userId) => {
    const tracks = (['audio', 'video'] as const).map((kind) => media.track(userId, kind)?.id);
    const own = counted.filter(({ trackIdentifier }) => tracks.includes(String(trackIdentifier)));
    if (own.length === 0) return [];
    const sum = (name: string) => own.reduce((total, entry) => total + Math.max(0, numberOf(entry[name])), 0);
    const [lost, received] = [sum('packetsLost'), sum('packetsReceived')];
    const video = own.find(({ kind, frameWidth }) => kind === 'video' && numberOf(frameWidth) > 0);
    const size = video === undefined ? '' : `${video.frameWidth} × ${video.frameHeight}`;
    const picture = video === undefined ? '' : `${size}, ${Math.round(numberOf(video.framesPerSecond))} fps`;
    const loss = lost + received === 0 ? 0 : lost / (lost + received);
    return [{ userId, rtt, loss, picture, freezes: sum('freezeCount') }];
  });
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
