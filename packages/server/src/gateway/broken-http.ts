import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Exchange } from './exchange.ts';
import { pendingResponse } from './sockets.ts';

/** ms; how long a caller whose HTTP is broken may take to read its answer. */
const lastWords = 1000;

/** What answers in the name of the gateway where there is no request to answer. */
export interface BrokenHttpAnswers {
  /** A whole HTTP answer with code 60002; counts and logs it. */
  rawAnswer(socket: Duplex, detail: string | undefined): string;
  /** Answers a request that `node:http` has begun to read. */
  refuse(exchange: Exchange, detail: string | undefined): void;
}

/** Makes a server answer, in the API's own form, what `node:http` would answer in its own way or not at all. */
export function guardBrokenHttp(server: Server, answers: BrokenHttpAnswers): void {
  const told = new WeakSet<Duplex>();
  const secured = new WeakSet<Duplex>();
  server.on('secureConnection', (socket: TLSSocket) => secured.add(socket));

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // What comes after the first broken byte is broken too.
    if (told.has(socket)) return;
    told.add(socket);
    const shaken = !(socket instanceof TLSSocket) || secured.has(socket);
    const silent = (socket as { bytesRead?: number }).bytesRead === 0;
    if (!socket.writable || !shaken || silent || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    const detail = sentence(error);
    const say = (): void => {
      if (socket.writable) sayLast(socket, answers.rawAnswer(socket, detail));
    };
    const next = (): void => {
      const response = pendingResponse(socket);
      if (response === undefined) say();
      else if (!(response.req instanceof Exchange)) socket.destroy();
      // The broken bytes belong to a later request; those before it get their answers first.
      else if (response.req.complete) response.once('finish', () => setImmediate(next));
      else {
        // Answered early, it has had its answer, which may still be on its way out.
        if (!response.headersSent) answers.refuse(response.req, detail);
        else if (response.req.lingering) response.end();
        sayLast(socket, '');
      }
    };
    next();
  });

  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    sayLast(socket, answers.rawAnswer(socket, 'This server is no proxy.'));
  });
}

/** Sends the last text of a connection, and lets go of it even when the caller does not. */
function sayLast(socket: Duplex, text: string): void {
  if (text === '') socket.end();
  else socket.end(text);
  setTimeout(() => socket.destroy(), lastWords).unref();
}

function sentence(error: NodeJS.ErrnoException): string | undefined {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'The URL and headers of the request are too long.';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'The request did not arrive in time.';
    default:
      return undefined;
  }
}
