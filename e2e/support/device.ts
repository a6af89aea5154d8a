import tlsSig from 'tls-sig-api-v2';
import { WebSocket } from 'ws';
import { type Ringback, until } from './ringback.ts';

/** A notice, or an answer's result: judged by the tests, member by member. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Frame = any;

/** Where devices sign in: a server, or a balancer in front of several, with the certificate of an `https` one. */
type Entrance = Pick<Ringback, 'http' | 'sdkAppId' | 'key'> & { readonly ca?: string };

/** A phone in a test: signs in over a real socket and remembers everything it is told. */
export class Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly notices: { method: string; params: Frame }[] = [];
  /** Everything that came, in order: answers as `answer:<method>`, notices by their name. */
  readonly log: string[] = [];
  closeCode = 0;
  signedIn: Frame;
  /** The last one that it has signed in with. */
  userSig = '';
  #socket: WebSocket | undefined;
  #count = 0;
  readonly #waiting = new Map<number, { method: string; settle: (frame: Frame) => void }>();
  #pinging: NodeJS.Timeout | undefined;

  constructor(userId: string, deviceId = `${userId}-phone`) {
    this.userId = userId;
    this.deviceId = deviceId;
  }

  /** Connects and signs in; pings every second while connected unless `silent`. */
  async signIn(ringback: Entrance, { silent = false, platform = 'Web', userSig = '' } = {}): Promise<Frame> {
    const url = `${ringback.http.replace('http', 'ws')}/signalling`;
    const socket = new WebSocket(url, 'ringback.v1', ringback.ca === undefined ? {} : { ca: ringback.ca });
    this.#socket = socket;
    this.closeCode = 0;
    socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    socket.on('close', (code) => {
      this.closeCode = code;
      clearInterval(this.#pinging);
      for (const { settle } of this.#waiting.values()) settle({ error: { message: `closed with ${code}` } });
      this.#waiting.clear();
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const { userId, deviceId } = this;
    this.userSig = userSig || new tlsSig.Api(ringback.sdkAppId, ringback.key).genUserSig(userId, 86_400);
    const credentials = { sdkAppId: ringback.sdkAppId, userId, userSig: this.userSig };
    this.signedIn = await this.ask('signIn', { ...credentials, platform, deviceId });
    if (!silent) this.#pinging = setInterval(() => this.ask('ping', {}).catch(() => {}), 1000);
    return this.signedIn;
  }

  /** Sends a request; rejects with the server's error. */
  async ask(method: string, params: object = {}): Promise<Frame> {
    this.#count += 1;
    const id = this.#count;
    const frame: Frame = await new Promise((settle) => {
      this.#waiting.set(id, { method, settle });
      this.#socket?.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
    if (frame.error !== undefined) throw Object.assign(new Error(frame.error.message), frame.error);
    return frame.result;
  }

  /** The first notice of that name that fits, now or soon. */
  async hears(method: string, fits: (params: Frame) => boolean = () => true, ms = 15_000): Promise<Frame> {
    const find = () => this.notices.find((one) => one.method === method && fits(one.params));
    await until(
      () => (find() === undefined ? `${this.userId} has heard ${JSON.stringify(this.notices)}` : undefined),
      ms,
    );
    return find()?.params;
  }

  /** Cuts the line, as a tunnel or a flat battery does. */
  drop(): void {
    clearInterval(this.#pinging);
    this.#socket?.terminate();
  }

  #take(frame: Frame): void {
    if (frame.id !== undefined && frame.id !== null) {
      const waiting = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      if (waiting?.method !== 'ping') this.log.push(`answer:${waiting?.method}`);
      waiting?.settle(frame);
    } else {
      this.log.push(frame.method);
      this.notices.push(frame);
    }
  }
}
