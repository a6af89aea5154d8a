import type { NodeId } from 'ringback-protocol';
import type { Bus } from '../../ports/bus.ts';
import type { Mail, MailTopic } from '../../ports/mail.ts';
import { Channels } from './channels.ts';
import type { RedisConnection } from './connection.ts';

const channelOf = (node: NodeId, topic: MailTopic): string => `ringback:mail:${node}:${topic}`;

/** Letters longer than this (characters) are dropped: the largest description of a device is far below. */
const longest = 400_000;

/** Letters over Redis: each process listens to a channel of its own for each topic. */
export class RedisMail implements Mail {
  readonly #connection: RedisConnection;
  readonly #self: NodeId;
  readonly #bus: Pick<Bus, 'isUp'>;
  readonly #channels: Channels;

  /** `bus` knows whether Redis can be heard. */
  constructor(options: {
    readonly connection: RedisConnection;
    readonly process: NodeId;
    readonly bus: Pick<Bus, 'isUp'>;
  }) {
    this.#connection = options.connection;
    this.#self = options.process;
    this.#bus = options.bus;
    this.#channels = new Channels(options.connection);
  }

  get isUp(): boolean {
    return this.#bus.isUp;
  }

  send(to: NodeId, topic: MailTopic, text: string): void {
    void this.#connection.ask((redis) => redis.publish(channelOf(to, topic), text));
  }

  onLetter(topic: MailTopic, listener: (text: string) => void): void {
    const own = channelOf(this.#self, topic);
    this.#connection.onMessage((channel, text) => {
      if (channel === own && text.length <= longest) listener(text);
    });
    this.#channels.join(own);
  }
}
