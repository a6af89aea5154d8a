import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { signallingPath, signallingProtocol } from 'ringback-protocol';
import type { TurnedAway } from './observer.ts';

interface Refused {
  readonly status: string;
  readonly text: string;
  readonly retryAfter?: number;
}

/** What an upgrade that is turned away is told. */
export const refusals: Readonly<Record<TurnedAway, Refused>> = {
  path: { status: '404 Not Found', text: `The signalling socket is at ${signallingPath}.` },
  protocol: {
    status: '400 Bad Request',
    text: `Offer the sub-protocol ${signallingProtocol}: new WebSocket(url, '${signallingProtocol}'), or the header Sec-WebSocket-Protocol: ${signallingProtocol}.`,
  },
  sockets: { status: '503 Service Unavailable', text: 'The server has as many sockets as it may have.', retryAfter: 5 },
  address: { status: '429 Too Many Requests', text: 'Too many sockets from this address.', retryAfter: 5 },
  cutOff: {
    status: '503 Service Unavailable',
    text: 'This node is cut off from its database; another one serves you.',
    retryAfter: 3,
  },
  stopping: { status: '503 Service Unavailable', text: 'The server is restarting.', retryAfter: 3 },
};

/** What is wrong with an upgrade as such; undefined when it may go on. */
export function handshakeProblem(request: IncomingMessage): 'path' | 'protocol' | undefined {
  const path = request.url?.split('?', 1)[0];
  if (path !== signallingPath) return 'path';
  const offered = request.headers['sec-websocket-protocol']?.split(',') ?? [];
  return offered.some((one) => one.trim() === signallingProtocol) ? undefined : 'protocol';
}

/** Answers an upgrade with an ordinary HTTP answer, which says what to do, and closes the connection. */
export function turnAway(socket: Duplex, why: TurnedAway): void {
  const { status, text, retryAfter } = refusals[why];
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text) + 1}`,
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
  ];
  socket.once('finish', () => socket.destroy());
  // The other side may be gone already; there is nobody left to tell.
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}\n`);
}
