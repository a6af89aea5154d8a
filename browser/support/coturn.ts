import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, daemon } from './daemon.ts';

/** Connects by TCP, and lets go. */
const knock = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });

/** A real coturn on loopback with REST credentials under this secret. */
export async function coturn(port: number, secret: string): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-turn-'));
  const file = join(folder, 'turnserver.conf');
  const lines = [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    'min-port=41000',
    'max-port=41200',
    'realm=ringback.test',
    'use-auth-secret',
    `static-auth-secret=${secret}`,
    'fingerprint',
    'no-tls',
    'no-dtls',
    'no-cli',
    'no-software-attribute',
    'no-multicast-peers',
    // For tests alone: coturn refuses peers on loopback otherwise.
    'allow-loopback-peers',
    'log-file=stdout',
    'simple-log',
    'verbose',
    `pidfile=${join(folder, 'turn.pid')}`,
    `userdb=${join(folder, 'turndb')}`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return daemon('turnserver', ['-c', file], folder, () => knock(port));
}
