import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A webhook as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are judged by the tests, member by member.
  readonly body: any;
  /** ms of the monotonic clock. */
  readonly at: number;
}

/** Answers one webhook; `socket` is there to be maltreated. */
export type Reply = (
  answer: (status: number, body?: string, headers?: Record<string, string>) => void,
  socket: Socket,
  received: Received,
) => void;

export const ok = '{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}';

/** A customer's server that is told of calls, on loopback; what it answers is the test's to say. */
export class Receiver {
  readonly got: Received[] = [];
  /** Connections that were ever opened. */
  connections = 0;
  /** Requests under way, and the most there ever were. */
  busy = 0;
  busiest = 0;
  reply: Reply = (answer) => answer(200, ok);
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;

  private constructor() {
    this.#server = this.#make();
  }

  static async open(reply?: Reply): Promise<Receiver> {
    const receiver = new Receiver();
    if (reply !== undefined) receiver.reply = reply;
    await receiver.start();
    return receiver;
  }

  /** Listens, on the port that it had before if any. */
  async start(): Promise<void> {
    this.#server = this.#make();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Is away: connections are refused. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** The ids of what came, in order. */
  get ids(): string[] {
    return this.got.map(({ headers }) => String(headers['webhook-id']));
  }

  /** Waits until it has got so many. */
  async gets(count: number, ms = 5000): Promise<readonly Received[]> {
    const until = performance.now() + ms;
    while (this.got.length < count) {
      if (performance.now() > until) throw new Error(`${this.got.length} of ${count} webhooks came.`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.got;
  }

  #make(): Server {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://receiver');
        const text = Buffer.concat(chunks).toString('utf8');
        const received: Received = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          text,
          body: JSON.parse(text),
          at: performance.now(),
        };
        this.got.push(received);
        this.reply(
          (status, body = '', headers = {}) => {
            response.writeHead(status, headers);
            response.end(body);
          },
          request.socket,
          received,
        );
      });
      this.busy += 1;
      this.busiest = Math.max(this.busiest, this.busy);
      response.on('close', () => {
        this.busy -= 1;
      });
    });
    server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    return server;
  }
}
