import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { pendingResponse } from './sockets.ts';
import { originForm, pathOf } from './url.ts';

/** Whether a request asks for the signalling socket. */
export const isSignalling = (request: IncomingMessage): boolean =>
  pathOf(originForm(request.url ?? '')) === '/signalling' && request.headers.upgrade?.toLowerCase() === 'websocket';

/**
 * Declines an upgrade the way HTTP wants it: the request is answered as if it had not asked. Java's own client, for one,
 * offers HTTP/2 with every request over plain HTTP.
 *
 * `node:http` has handed the socket over by then, so the request is put back in front of what else has arrived, without
 * the headers of the upgrade, and the server takes the socket anew.
 */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const pending = pendingResponse(socket);
  if (pending !== undefined) {
    // The answer to an earlier request of the same connection is still due.
    const destroy = (): void => {
      socket.destroy();
    };
    socket.once('error', destroy);
    pending.once('close', () => {
      setImmediate(() => {
        socket.off('error', destroy);
        if (!socket.destroyed) declineUpgrade(server, request, socket, head);
      });
    });
    return;
  }
  // The server has left this listener behind and is about to add another.
  socket.removeAllListeners('timeout');
  socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}

const upgradeWords = new Set(['upgrade', 'http2-settings']);

function headWithoutUpgrade(request: IncomingMessage): Buffer {
  const { method, url, httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    let value = rawHeaders[i + 1] as string;
    if (upgradeWords.has(name.toLowerCase())) continue;
    if (name.toLowerCase() === 'connection') {
      value = value
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== '' && !upgradeWords.has(word.toLowerCase()))
        .join(', ');
      if (value === '') continue;
    }
    text += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}
