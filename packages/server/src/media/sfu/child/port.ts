import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/**
 * Finds out whether a UDP port is free, and which one when any will do (0). Rejects with a sentence when it is not: the
 * native side would end the process over it.
 */
export function freePort(address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      const where = address === '' ? `UDP port ${port}` : `UDP port ${port} of ${address}`;
      reject(new Error(`The built-in SFU cannot listen on ${where}: ${error.code ?? error.message}.`));
    });
    socket.bind(port, address === '' ? undefined : address, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}
