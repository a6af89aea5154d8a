import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RawClient, Scene } from './support.ts';

const command = 'call_engine_http_srv/get_call_info';

let scene: Scene;
const open: Socket[] = [];

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await scene.close();
});

/** A connection that says nothing; tells whether it is still open. */
async function idle(port: number, localAddress: string): Promise<{ closed: boolean; readonly socket: Socket }> {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  const one = { closed: false, socket };
  open.push(socket);
  socket.on('close', () => {
    one.closed = true;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return one;
}

describe.each([
  ['plain HTTP', false],
  ['TLS', true],
])('connections of one address over %s', (_, tls) => {
  it('are as many as they may be and no more; those of others are served, and one that leaves makes room', async () => {
    scene = await Scene.open({ tls, settings: { maxConnectionsPerIp: 5 } });
    const port = tls ? scene.tlsPort : scene.port;
    const flood: Awaited<ReturnType<typeof idle>>[] = [];
    for (let i = 0; i < 12; i += 1) flood.push(await idle(port, '127.0.0.7'));
    await vi.waitFor(() => expect(flood.filter(({ closed }) => closed)).toHaveLength(7), 10_000);

    const other = tls ? await RawClient.openTls(port) : await RawClient.open(port);
    other.post(scene.target(command), '{"CallId":"x"}');
    expect((await other.answer()).json().ErrorCode).toBe(101004);
    other.close();

    flood.find(({ closed }) => !closed)?.socket.destroy();
    await vi.waitFor(async () => {
      const late = await idle(port, '127.0.0.7');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(late.closed).toBe(false);
    }, 10_000);
    expect(scene.warnings.filter(({ message }) => message === 'too many connections from one address')).toHaveLength(1);
  }, 30_000);
});

describe('what does not count', () => {
  it('is a connection that became a signalling socket, or is of a declared proxy', async () => {
    scene = await Scene.open({
      settings: { maxConnectionsPerIp: 2 },
      gateway: { onUpgrade: (_request, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n') },
    });
    for (let i = 0; i < 6; i += 1) {
      const client = await RawClient.open(scene.port);
      open.push(client.socket);
      client.write('GET /signalling HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      await new Promise((resolve) => client.socket.once('data', resolve));
    }
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(101004);
    await scene.close();

    scene = await Scene.open({ settings: { maxConnectionsPerIp: 2, trustProxy: ['127.0.0.9'] } });
    const proxied = [];
    for (let i = 0; i < 6; i += 1) proxied.push(await idle(scene.port, '127.0.0.9'));
    const late = await idle(scene.port, '127.0.0.8');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([...proxied, late].filter(({ closed }) => closed)).toEqual([]);
  });

  it('is a connection twice whose upgrade was declined', async () => {
    scene = await Scene.open({ settings: { maxConnectionsPerIp: 2 } });
    const clients = [await RawClient.open(scene.port), await RawClient.open(scene.port)];
    for (const client of clients) {
      open.push(client.socket);
      for (let i = 0; i < 3; i += 1) {
        client.write('GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n');
        expect((await client.answer()).status).toBe(200);
      }
    }
  });
});
