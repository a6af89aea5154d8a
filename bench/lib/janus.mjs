/** Debian's Janus as a yardstick: its configuration, and a driver for rooms of its VideoRoom plugin. Loopback only. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const secrets = { api: 'bench-api', admin: 'bench-admin', room: 'bench-room' };

/** Where the distribution keeps what Janus loads. */
function folder(kind) {
  const places = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  const found = places.map((place) => join(place, 'janus', kind)).find(existsSync);
  if (found === undefined) throw new Error(`Janus has no folder of ${kind} below /usr/lib.`);
  return found;
}

const keepOnly = (kind, wanted) =>
  readdirSync(folder(kind))
    .filter((name) => name.endsWith('.so') && name !== wanted)
    .join(',');

/** Starts Janus; resolves when it listens. Needs a namespace with a bridge: it passes over loopback interfaces. */
export async function startJanus({ port = 8188 } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'ringback-janus-'));
  const conf = (name, text) => writeFileSync(join(place, `${name}.jcfg`), text);
  mkdirSync(join(place, 'none'));
  conf(
    'janus',
    `general: { configs_folder = "${place}"; plugins_folder = "${folder('plugins')}"
      transports_folder = "${folder('transports')}"; events_folder = "${join(place, 'none')}"
      loggers_folder = "${join(place, 'none')}"; debug_level = 2; debug_colors = false
      api_secret = "${secrets.api}"; admin_secret = "${secrets.admin}"; interface = "127.0.0.1"; session_timeout = 120 }
    media: { ipv6 = false; rtp_port_range = "20000-24999" }
    nat: { ice_enforce_list = "127.0.0.1"; full_trickle = true; ignore_mdns = true }
    plugins: { disable = "${keepOnly('plugins', 'libjanus_videoroom.so')}" }
    transports: { disable = "${keepOnly('transports', 'libjanus_websockets.so')}" }\n`,
  );
  conf(
    'janus.transport.websockets',
    `general: { json = "compact"; ws = true; ws_ip = "127.0.0.1"; ws_port = ${port} }\n`,
  );
  conf('janus.plugin.videoroom', `general: { admin_key = "${secrets.room}"; string_ids = true }\n`);
  const child = spawn('janus', ['-F', place], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output = (output + text).slice(-4000);
    });
  }
  const url = `ws://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const socket = new WebSocket(url, 'janus-protocol');
    const up = await new Promise((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.terminate();
    if (up) break;
    if (tries === 100 || child.exitCode !== null) throw new Error(`Janus did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
    rmSync(place, { recursive: true, force: true });
  };
  return { pid: child.pid, url, stop };
}

/** A session with Janus: requests with answers, and handles that hear events. */
export class JanusSession {
  constructor(url) {
    this.socket = new WebSocket(url, 'janus-protocol', { perMessageDeflate: false });
    this.waiting = new Map();
    this.handles = new Map();
    this.count = 0;
    this.socket.on('message', (text) => this.#take(JSON.parse(text)));
  }

  async open() {
    await new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.id = (await this.ask({ janus: 'create' })).data.id;
    this.timer = setInterval(() => this.ask({ janus: 'keepalive' }).catch(() => {}), 25_000);
  }

  ask(message) {
    this.count += 1;
    const transaction = String(this.count);
    const session = this.id === undefined ? {} : { session_id: this.id };
    this.socket.send(JSON.stringify({ ...message, ...session, transaction, apisecret: secrets.api }));
    return new Promise((resolve, reject) => {
      this.waiting.set(transaction, { resolve, reject, acked: message.janus === 'trickle' });
    });
  }

  #take(message) {
    const waiter = this.waiting.get(message.transaction);
    if (waiter === undefined) {
      this.handles.get(message.sender)?.(message);
      return;
    }
    if (message.janus === 'ack' && !waiter.acked) return;
    this.waiting.delete(message.transaction);
    const data = message.plugindata?.data;
    if (message.janus === 'error') waiter.reject(new Error(message.error.reason));
    else if (data?.error !== undefined) waiter.reject(new Error(data.error));
    else waiter.resolve(message);
  }

  /** A handle of the plugin; `hear` gets its events. */
  async attach(hear) {
    const { data } = await this.ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    this.handles.set(data.id, hear);
    return {
      say: async (body, jsep) => {
        const message = { janus: 'message', handle_id: data.id, body, ...(jsep === undefined ? {} : { jsep }) };
        const answer = await this.ask(message);
        return { data: answer.plugindata?.data, jsep: answer.jsep };
      },
      trickle: (candidate) => this.ask({ janus: 'trickle', handle_id: data.id, candidate }),
    };
  }

  close() {
    clearInterval(this.timer);
    this.socket.terminate();
  }
}

/** One member's two handles of a room, behind the messages of the media contract. */
export class JanusMember {
  constructor({ session, room, id, tell }) {
    Object.assign(this, { session, room, id, tell, shown: new Set(), n: 0 });
    /** Subscriptions one after another: the next begins when the last offer was answered. */
    this.chain = Promise.resolve();
  }

  async enter() {
    this.publisher = await this.session.attach((message) => {
      if (message.janus === 'trickle') this.#candidate('up', message.candidate);
      const publishers = message.plugindata?.data?.publishers;
      if (publishers !== undefined) this.#subscribe(publishers);
    });
    const { data } = await this.publisher.say({ request: 'join', ptype: 'publisher', room: this.room, id: this.id });
    this.#subscribe(data.publishers);
  }

  #candidate(pc, { completed, candidate, sdpMid }) {
    if (completed !== true) this.tell({ type: 'candidate', pc, candidate, mid: sdpMid ?? '0' });
  }

  #subscribe(publishers) {
    const streams = publishers.filter(({ id }) => !this.shown.has(id)).map(({ id }) => ({ feed: id }));
    for (const { feed } of streams) this.shown.add(feed);
    if (streams.length > 0) this.chain = this.chain.then(() => this.#show(streams));
  }

  async #show(streams) {
    const answered = new Promise((resolve) => {
      this.answered = resolve;
    });
    let answer;
    if (this.subscriber === undefined) {
      this.subscriber = await this.session.attach((message) => {
        if (message.janus === 'trickle') this.#candidate('down', message.candidate);
        if (message.jsep !== undefined) this.#offer(message.jsep.sdp);
      });
      answer = await this.subscriber.say({ request: 'join', ptype: 'subscriber', room: this.room, streams });
    } else answer = await this.subscriber.say({ request: 'update', subscribe: streams });
    if (answer.jsep === undefined) return;
    this.#offer(answer.jsep.sdp);
    await answered;
  }

  #offer(sdp) {
    this.n += 1;
    this.tell({ type: 'offer', n: this.n, sdp });
  }

  /** Takes what the member says. */
  async receive(message) {
    if (message.type === 'offer') {
      const { jsep } = await this.publisher.say({ request: 'publish' }, { type: 'offer', sdp: message.sdp });
      this.tell({ type: 'answer', sdp: jsep.sdp });
    } else if (message.type === 'answer') {
      await this.subscriber.say({ request: 'start' }, { type: 'answer', sdp: message.sdp });
      this.answered();
    } else if (message.type === 'candidate') {
      const handle = message.pc === 'up' ? this.publisher : this.subscriber;
      await handle.trickle({ candidate: message.candidate.replace(/^a=/, ''), sdpMid: message.mid });
    }
  }
}

/** Makes a room. */
export async function createRoom(session, room) {
  const handle = await session.attach(() => {});
  await handle.say({
    request: 'create',
    room,
    admin_key: secrets.room,
    publishers: 20,
    bitrate: 2_000_000,
    audiocodec: 'opus',
    videocodec: 'vp8',
    permanent: false,
  });
}
