import type { Socket } from 'node:net';
import { senderOf } from '../auth/try-limits.ts';
import { plainIp } from './client-ip.ts';

/**
 * Counts the open HTTP connections of each address (for IPv6: of each network of 64 bits), so that one caller cannot take
 * up all that there may be. What has become a signalling socket counts there, and here no more.
 */
export class ConnectionCount {
  readonly #most: number;
  readonly #exempt: (ip: string) => boolean;
  readonly #bySender = new Map<string, number>();
  /** Whose each connection is, by the address of its other end: the socket over TLS is another object. */
  readonly #senders = new Map<string, string>();

  /** `exempt`: addresses that stand for many callers, such as a declared proxy. */
  constructor(most: number, exempt: (ip: string) => boolean) {
    this.#most = most;
    this.#exempt = exempt;
  }

  /** Counts a new connection until it closes; false, and nothing counted, when its address has as many as it may. */
  enter(socket: Socket): boolean {
    const ip = plainIp(socket.remoteAddress);
    const end = endOf(socket);
    // A connection whose upgrade was declined comes a second time.
    if (this.#exempt(ip) || this.#senders.has(end)) return true;
    const sender = senderOf(ip);
    const n = this.#bySender.get(sender) ?? 0;
    if (n >= this.#most) return false;
    this.#bySender.set(sender, n + 1);
    this.#senders.set(end, sender);
    socket.once('close', () => this.#leave(end));
    return true;
  }

  /** The connection is somebody else's to count from now on. */
  leave(socket: Socket): void {
    this.#leave(endOf(socket));
  }

  /** Senders that are remembered. */
  get size(): number {
    return this.#bySender.size;
  }

  #leave(end: string): void {
    const sender = this.#senders.get(end);
    if (sender === undefined) return;
    this.#senders.delete(end);
    const n = (this.#bySender.get(sender) ?? 1) - 1;
    if (n === 0) this.#bySender.delete(sender);
    else this.#bySender.set(sender, n);
  }
}

const endOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;
