import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';

/**
 * The response that a socket is busy with. `node:http` keeps it in a property that is not documented but has had this
 * name from the beginning; where it is missing, the socket merely counts as idle.
 */
export const pendingResponse = (socket: Duplex): ServerResponse | undefined =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;

/** ms; the longest time between two looks at who is idle. */
const patrolInterval = 15_000;

/** How much a socket had passed on, and since when it has not passed on more. */
interface Progress {
  readonly bytes: number;
  /** ms of the monotonic clock. */
  readonly since: number;
}

/** The open sockets of the doors, so that they can be closed. */
export class SocketSet {
  readonly #http = new Set<Duplex>();
  /** Sockets that speak another protocol by now. */
  readonly #upgraded = new Set<Duplex>();
  /** Connections that have not agreed on TLS yet, by the address of the caller: the socket over TLS is another object. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #maxIdle: number;
  #progress = new Map<Duplex, Progress>();
  #timer: NodeJS.Timeout | undefined;

  /** `maxIdle`: ms after which a connection on which nothing moves is closed. */
  constructor(maxIdle: number) {
    this.#maxIdle = maxIdle;
  }

  /**
   * Starts looking for connections on which nothing moves: idle ones, and callers who do not read their answers. One
   * timer for all, because a time-out of each socket would be set twice for each request.
   */
  open(): void {
    this.#timer = setInterval(() => this.#patrol(), Math.min(patrolInterval, this.#maxIdle / 2));
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A connection that is about to agree on TLS. */
  addHandshake(socket: Socket): void {
    const address = addressOf(socket);
    this.#handshakes.set(address, socket);
    socket.once('close', () => {
      if (this.#handshakes.get(address) === socket) this.#handshakes.delete(address);
    });
  }

  /** A connection that speaks HTTP, over TLS or not. */
  add(socket: Socket): void {
    this.#handshakes.delete(addressOf(socket));
    // A socket comes twice when its upgrade was declined.
    if (this.#http.has(socket)) return;
    this.#http.add(socket);
    socket.once('close', () => {
      this.#http.delete(socket);
      this.#upgraded.delete(socket);
    });
  }

  /** The socket is somebody else's from now on. */
  handOver(socket: Duplex): void {
    if (this.#http.delete(socket)) this.#upgraded.add(socket);
  }

  get size(): number {
    return this.#http.size + this.#upgraded.size + this.#handshakes.size;
  }

  /** Closes HTTP connections on which no answer is due. */
  closeIdle(): void {
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const socket of this.#http) {
      if (pendingResponse(socket) !== undefined) continue;
      if (socket.writableLength === 0) socket.destroy();
      else socket.end();
    }
  }

  destroyAll(): void {
    for (const socket of [...this.#http, ...this.#upgraded, ...this.#handshakes.values()]) socket.destroy();
  }

  #patrol(): void {
    const now = performance.now();
    const progress = new Map<Duplex, Progress>();
    for (const socket of this.#http) {
      const { bytesRead = 0, bytesWritten = 0 } = socket as Partial<Socket>;
      // What waits to be sent counts as written.
      const bytes = bytesRead + bytesWritten - socket.writableLength;
      const before = this.#progress.get(socket);
      if (before?.bytes !== bytes) progress.set(socket, { bytes, since: now });
      else if (now - before.since < this.#maxIdle) progress.set(socket, before);
      else socket.destroy();
    }
    this.#progress = progress;
  }
}

const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
