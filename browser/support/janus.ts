import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type Daemon, daemon } from './daemon.ts';

/** What the tests' Janus servers ask for. */
export const janusSecrets = { api: 'janus-api-secret-of-tests', admin: 'janus-admin-key-of-tests' } as const;

/** Settings of a server for the Janus servers at these ports. */
export const janusSettings = (...ports: readonly number[]) => ({
  'media.janus.urls': ports.map((port) => `ws://127.0.0.1:${port}`).join(','),
  'media.janus.apiSecret': janusSecrets.api,
  'media.janus.adminKey': janusSecrets.admin,
});

/**
 * Janus takes no interface that is loopback, so a bridge without ports carries 127.0.0.1 too while its tests run. For a
 * namespace of their own only; the returned function takes it away again.
 */
export function bridge(): () => void {
  const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: 'ignore' });
  // Files of tests run side by side; each has its own.
  const name = `jan${process.pid}`;
  ip('link', 'add', name, 'type', 'bridge');
  ip('link', 'set', name, 'addrgenmode', 'none');
  ip('addr', 'add', '127.0.0.1/32', 'dev', name);
  ip('link', 'set', name, 'up');
  return () => ip('link', 'del', name);
}

/** Where Debian puts what Janus loads. */
const library = execFileSync('sh', ['-c', 'ls -d /usr/lib/*/janus 2>/dev/null | head -1 || true']).toString().trim();

/** A real Janus on loopback: its WebSocket API at `port`, its media from `rtp` on. */
export async function janus(port: number, rtp: number): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-janus-'));
  const none = join(folder, 'none');
  mkdirSync(none);
  const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('janus.jcfg', [
    'general: {',
    `  configs_folder = "${folder}"`,
    `  plugins_folder = "${library}/plugins"`,
    `  transports_folder = "${library}/transports"`,
    `  events_folder = "${none}"`,
    `  loggers_folder = "${none}"`,
    '  debug_level = 4',
    '  debug_colors = false',
    `  api_secret = "${janusSecrets.api}"`,
    '  session_timeout = 60',
    '  interface = "127.0.0.1"',
    '}',
    'media: {',
    '  ipv6 = false',
    `  rtp_port_range = "${rtp}-${rtp + 999}"`,
    '}',
    'nat: {',
    '  ice_enforce_list = "127.0.0.1"',
    '  full_trickle = true',
    '  ignore_mdns = true',
    '}',
    'plugins: {',
    '  disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so"',
    '}',
    'transports: {',
    '  disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so"',
    '}',
  ]);
  write('janus.transport.websockets.jcfg', [
    'general: {',
    '  json = "compact"',
    '  ws = true',
    '  ws_ip = "127.0.0.1"',
    `  ws_port = ${port}`,
    '  wss = false',
    '}',
  ]);
  write('janus.plugin.videoroom.jcfg', [
    'general: {',
    `  admin_key = "${janusSecrets.admin}"`,
    '  string_ids = true',
    '}',
  ]);
  return daemon('janus', ['-F', folder], folder, () => knock(port));
}

/** Rooms on a node, asked over its API as an operator would; by name, with the number inside. */
export async function roomsAt(port: number): Promise<ReadonlyMap<string, number>> {
  const socket = await knock(port);
  const ask = (request: object): Promise<Record<string, never>> =>
    new Promise((resolve) => {
      const take = (data: unknown) => {
        const message = JSON.parse(String(data));
        if (message.janus === 'ack') return;
        socket.off('message', take);
        resolve(message);
      };
      socket.on('message', take);
      socket.send(JSON.stringify({ ...request, transaction: 'test', apisecret: janusSecrets.api }));
    });
  const session = (await ask({ janus: 'create' })) as unknown as { data: { id: number } };
  const session_id = session.data.id;
  const handle = (await ask({
    janus: 'attach',
    session_id,
    plugin: 'janus.plugin.videoroom',
  })) as unknown as typeof session;
  const body = { request: 'list', admin_key: janusSecrets.admin };
  const answer = (await ask({ janus: 'message', session_id, handle_id: handle.data.id, body })) as unknown as {
    plugindata: { data: { list: { room: string; num_participants: number }[] } };
  };
  socket.terminate();
  // A room of Debian's example configuration is not there, since the folder has none.
  return new Map(answer.plugindata.data.list.map(({ room, num_participants }) => [room, num_participants]));
}

/** A connection to the API of a node. */
const knock = (port: number): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol');
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
