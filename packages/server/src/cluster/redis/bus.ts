import type { Audience } from 'ringback-engine';
import type { SdkAppId, UserId } from 'ringback-protocol';
import type { Bus, BusListener } from '../../ports/bus.ts';
import { LocalBus } from '../local/bus.ts';
import { Channels } from './channels.ts';
import type { RedisConnection } from './connection.ts';

/** What travels between nodes about one user. */
interface Message {
  /** Who sent it: what comes back to its sender was delivered there already. */
  readonly from: string;
  readonly app: SdkAppId;
  readonly to: readonly Audience[];
  readonly frame?: string;
  /** Of a disconnection. */
  readonly close?: number;
}

const channelOf = (app: SdkAppId, userId: UserId): string => `ringback:user:${app}:${userId}`;

/**
 * The bus of several nodes. What is for devices of this node is there at once; for the others each user has a channel, which
 * the nodes where the user is signed in have joined.
 */
export class RedisBus implements Bus {
  readonly #connection: RedisConnection;
  readonly #process: string;
  readonly #local = new LocalBus();
  readonly #channels: Channels;
  #listener: BusListener | undefined;

  /** `process` is another one in each process, and after each restart. */
  constructor(options: { readonly connection: RedisConnection; readonly process: string }) {
    this.#connection = options.connection;
    this.#process = options.process;
    this.#channels = new Channels(options.connection);
    options.connection.onMessage((_, text) => this.#heard(text));
  }

  publish(app: SdkAppId, to: readonly Audience[], frame: string): void {
    this.#local.publish(app, to, frame);
    const byUser = new Map<UserId, Audience[]>();
    for (const one of to) {
      const known = byUser.get(one.userId);
      if (known === undefined) byUser.set(one.userId, [one]);
      else known.push(one);
    }
    for (const [userId, audiences] of byUser) this.#send(userId, { from: this.#process, app, to: audiences, frame });
  }

  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string): void {
    this.#local.disconnect(app, to, closeCode, frame);
    this.#send(to.userId, {
      from: this.#process,
      app,
      to: [to],
      close: closeCode,
      ...(frame !== undefined && { frame }),
    });
  }

  follow(app: SdkAppId, userId: UserId): void {
    this.#channels.join(channelOf(app, userId));
  }

  leave(app: SdkAppId, userId: UserId): void {
    this.#channels.leave(channelOf(app, userId));
  }

  onDeliver(listener: BusListener): void {
    this.#listener = listener;
    this.#local.onDeliver(listener);
  }

  #send(userId: UserId, message: Message): void {
    // Nobody waits: notices are hints.
    void this.#connection.ask((redis) => redis.publish(channelOf(message.app, userId), JSON.stringify(message)));
  }

  #heard(text: string): void {
    const listener = this.#listener;
    const message = messageOf(text);
    if (listener === undefined || message === undefined || message.from === this.#process) return;
    const { app, to, frame, close } = message;
    for (const one of to) {
      if (close !== undefined) listener.disconnect(app, one, close, frame);
      else if (frame !== undefined) listener.deliver(app, one, frame);
    }
  }
}

/** Undefined for what no node of this installation has sent. */
function messageOf(text: string): Message | undefined {
  try {
    const message = JSON.parse(text) as Message | null;
    return Array.isArray(message?.to) && typeof message.app === 'number' ? message : undefined;
  } catch {
    return undefined;
  }
}
