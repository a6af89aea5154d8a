import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

/** Requests of one connection that wait. */
interface Line {
  readonly waiting: Exchange[];
  /** Keeps the connection from being read. */
  readonly hold: () => void;
  /** What reads HTTP from the connection; another, or none, once it is no connection for HTTP any more. */
  readonly parser: unknown;
}

/**
 * Requests that came behind others on their connection, before those were answered. One is carried out in each turn of the event
 * loop, so that the requests of others come between them, and meanwhile no more is read of the connection.
 */
export class Pipelined {
  readonly #run: (exchange: Exchange) => void;
  readonly #giveUp: (exchange: Exchange) => void;
  readonly #lines = new Map<Socket, Line>();

  /** `giveUp` is told of those that are not carried out any more. */
  constructor(run: (exchange: Exchange) => void, giveUp: (exchange: Exchange) => void) {
    this.#run = run;
    this.#giveUp = giveUp;
  }

  add(exchange: Exchange): void {
    const { socket } = exchange;
    const line = this.#lines.get(socket) ?? this.#open(socket);
    line.waiting.push(exchange);
  }

  /** Whether requests of this connection wait. */
  isWaitedOn(socket: Socket): boolean {
    const line = this.#lines.get(socket);
    return line !== undefined && line.waiting.length > 0;
  }

  /** Carries nothing out any more. */
  close(): void {
    const lines = [...this.#lines];
    this.#lines.clear();
    for (const [socket, { waiting, hold }] of lines) {
      socket.off('resume', hold);
      for (const exchange of waiting) this.#giveUp(exchange);
    }
  }

  #open(socket: Socket): Line {
    const parser = parserOf(socket);
    const hold = (): void => {
      if (parserOf(socket) === parser) socket.pause();
    };
    const line = { waiting: [], hold, parser };
    this.#lines.set(socket, line);
    // Node goes on reading by itself, with the end of each request and when answers have left.
    socket.on('resume', hold);
    socket.pause();
    setImmediate(() => this.#next(socket, line));
    return line;
  }

  #next(socket: Socket, line: Line): void {
    if (this.#lines.get(socket) !== line) return;
    const exchange = line.waiting.shift();
    try {
      if (exchange !== undefined) this.#run(exchange);
    } finally {
      if (line.waiting.length > 0) setImmediate(() => this.#next(socket, line));
      else this.#end(socket, line);
    }
  }

  #end(socket: Socket, { hold, parser }: Line): void {
    this.#lines.delete(socket);
    socket.off('resume', hold);
    // What has taken the connection over reads it as it likes. Should answers wait to be read, Node stops again.
    if (!socket.destroyed && parserOf(socket) === parser) socket.resume();
  }
}

const parserOf = (socket: Socket): unknown => (socket as { readonly parser?: unknown }).parser;
