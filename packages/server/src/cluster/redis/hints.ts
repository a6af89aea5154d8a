import type { NodeId } from 'ringback-protocol';
import type { Hints } from '../../ports/hints.ts';
import { Channels } from './channels.ts';
import type { RedisConnection } from './connection.ts';

const channelOf = (node: NodeId): string => `ringback:node:${node}`;

/** Hints over Redis: each process listens to a channel of its own. */
export class RedisHints implements Hints {
  readonly #connection: RedisConnection;
  readonly #own: string;
  #listener: (() => void) | undefined;

  constructor(options: { readonly connection: RedisConnection; readonly process: NodeId }) {
    this.#connection = options.connection;
    this.#own = channelOf(options.process);
    new Channels(options.connection).join(this.#own);
    options.connection.onMessage((channel) => {
      if (channel === this.#own) this.#listener?.();
    });
  }

  send(to: NodeId): void {
    void this.#connection.ask((redis) => redis.publish(channelOf(to), 'look'));
  }

  onHint(listener: () => void): void {
    this.#listener = listener;
  }
}
