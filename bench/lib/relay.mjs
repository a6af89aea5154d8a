/**
 * The yardstick of `bench:calls`: a bare `ws` relay with no state and no disk.
 *
 * It is given, once, the frames that the server sends for each step of a call (recorded from a real one), and passes
 * the same frames between the same sockets: to the sender or to its peer. Sockets come in pairs, `/<pair>/a` and `/b`.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const script = JSON.parse(process.env.RELAY_SCRIPT);
const pairs = new Map();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });

sockets.on('connection', (socket, request) => {
  const [, pair, side] = request.url.split('/');
  const both = pairs.get(pair) ?? {};
  pairs.set(pair, both);
  both[side] = socket;
  const peer = side === 'a' ? 'b' : 'a';
  socket.on('message', (data) => {
    // Each step has its own length of frame; the recorded one with that method answers it.
    const { method } = JSON.parse(data.toString());
    for (const { to, frame } of script[method] ?? []) (to === 'self' ? both[side] : both[peer])?.send(frame);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.once('SIGTERM', () => process.exit(0));
