import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * The response that a socket is busy with. `node:http` keeps it in a property that is not documented but has had this
 * name from the beginning; where it is missing, the socket merely counts as idle.
 */
export const pendingResponse = (socket: Duplex): ServerResponse | undefined =>
  (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;

/** ms between two looks at who does not read. */
const patrolInterval = 30_000;

/** The open sockets of the doors, so that they can be closed. */
export class SocketSet {
  readonly #http = new Set<Duplex>();
  /** Sockets that speak another protocol by now. */
  readonly #upgraded = new Set<Duplex>();
  /** Connections that have not agreed on TLS yet, by the address of the caller: the socket over TLS is another object. */
  readonly #handshakes = new Map<string, Socket>();
  /** Sockets that had answers to send at the last look, and how much they had sent by then. */
  #unread = new Map<Duplex, number>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * Starts looking for callers that send requests and do not read the answers: one that has read nothing between two
   * looks is let go. One timer for all, because a time-out for each socket would cost every request.
   */
  open(): void {
    this.#timer = setInterval(() => this.#patrol(), patrolInterval);
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
    const unread = new Map<Duplex, number>();
    for (const socket of this.#http) {
      if (socket.writableLength === 0) continue;
      const sent = (socket as Partial<Socket>).bytesWritten ?? 0;
      if (this.#unread.get(socket) === sent - socket.writableLength) socket.destroy();
      else unread.set(socket, sent - socket.writableLength);
    }
    this.#unread = unread;
  }
}

const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
