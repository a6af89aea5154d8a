import type { Log } from '../../observe/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MediaProvider, MediaRoom, ProviderStatus, RoomEvents } from '../../ports/media.ts';
import { PoolNode } from './pool-node.ts';

export interface JanusOptions {
  /** WebSocket addresses of Janus servers. */
  readonly urls: readonly string[];
  readonly apiSecret: string;
  readonly adminKey: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxMembers?: number;
  /** Bits per second that a member may send. */
  readonly bitrate?: number;
}

/** A pool of Janus servers with the VideoRoom plugin. A room stays on its node; new ones go where there is least to do. */
export class JanusProvider implements MediaProvider {
  readonly name = 'janus';
  readonly layers = 'rids';
  readonly #nodes: readonly PoolNode[];

  /** Connects; the server need not wait for it. */
  constructor(options: JanusOptions) {
    const { urls, maxMembers = 9, bitrate = 1_800_000, ...rest } = options;
    this.#nodes = [...new Set(urls)].map((url) => new PoolNode({ ...rest, url, maxMembers, bitrate }));
  }

  async open(name: string, events: RoomEvents): Promise<MediaRoom> {
    const up = this.#nodes
      .filter((node) => node.isUp)
      .sort((a, b) => Number(a.isDoubted) - Number(b.isDoubted) || a.peers - b.peers || a.rooms - b.rooms);
    let last: unknown = new Error('No Janus server is reached.');
    for (const node of up) {
      try {
        return await node.open(name, events);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  status(): ProviderStatus {
    const down = this.#nodes.filter((node) => !node.isUp);
    const sum = (of: (node: PoolNode) => number): number => this.#nodes.reduce((all, node) => all + of(node), 0);
    const problem = down.map((node) => `${node.url} is ${node.problem}.`).join(' ');
    return {
      up: down.length < this.#nodes.length,
      ...(problem === '' ? {} : { problem }),
      rooms: sum((node) => node.rooms),
      peers: sum((node) => node.peers),
    };
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) node.close();
  }
}
