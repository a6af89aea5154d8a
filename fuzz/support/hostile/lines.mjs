/** The connections of hostile traffic, from several addresses of the loopback network. */
import { connect } from 'node:net';

export function linesOf({ from, pick, random }) {
  /** Sockets that are held open on purpose; the oldest goes when there are too many. */
  const held = [];
  const hold = (socket, most = 150) => {
    held.push(socket);
    if (held.length > most) held.shift().destroy();
  };
  const open = (port) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: pick(from) });
    socket.on('error', () => {});
    return socket;
  };
  /** Sends and hangs up once something came back, at the latest after a second. */
  const once = (port, bytes) => {
    const socket = open(port);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', () => socket.destroy());
  };
  /** What is slow on purpose goes on, a byte at a time. */
  const trickle = () => {
    for (const socket of held) if (random(50) === 0 && socket.writable) socket.write('y');
  };
  return { open, once, hold, trickle };
}
