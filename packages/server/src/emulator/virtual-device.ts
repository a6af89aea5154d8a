import { once } from 'node:events';
import type { NoticeMethod, Platform, RequestMethod } from 'ringback-protocol';
import { WebSocket } from 'ws';

/** Where and as whom a device signs in. */
export interface DeviceIdentity {
  /** The address of the socket, `ws://…/signalling`. */
  readonly url: string;
  readonly sdkAppId: number;
  readonly userId: string;
  readonly deviceId: string;
  readonly platform: Platform;
  readonly userSig: string;
}

/** What the server says of itself. */
export interface Notice {
  readonly method: NoticeMethod;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string; readonly data?: { readonly name?: string; readonly reason?: string } };
}

/** The reason of a request that reached no server. */
export const notConnected = 'not_connected';

/** A request that the server refused; `reason` is the name that it gave. */
export class DeviceRefusal extends Error {
  override readonly name = 'DeviceRefusal';
  readonly reason: string;

  constructor(method: string, reason: string, message: string) {
    super(`${method}: ${message}`);
    this.reason = reason;
  }
}

/** ms of real time; a handshake on loopback that takes longer has failed. */
const patience = 15_000;

/** The socket of a virtual device: an ordinary device without media, as the server sees it. */
export class VirtualDevice {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, { readonly method: string; readonly settle: (frame: Frame) => void }>();
  #count = 0;
  #received = 0;
  #dead = false;

  private constructor(
    socket: WebSocket,
    heard: { readonly notice: (notice: Notice) => void; readonly closed: (code: number) => void },
  ) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#received += 1;
      if (!this.#dead) this.#take(JSON.parse(String(data)) as Frame, heard.notice);
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      this.#settleAll();
      heard.closed(code);
    });
  }

  /** Connects and signs in; gives the device and the answer. Rejects with `DeviceRefusal`, or when nobody listens. */
  static async signIn(
    identity: DeviceIdentity,
    heard: { readonly notice: (notice: Notice) => void; readonly closed: (code: number) => void },
  ): Promise<{ readonly device: VirtualDevice; readonly answer: Readonly<Record<string, unknown>> }> {
    const { url, ...credentials } = identity;
    const socket = new WebSocket(url, 'ringback.v1', { handshakeTimeout: patience, perMessageDeflate: false });
    const device = new VirtualDevice(socket, heard);
    await once(socket, 'open');
    return { device, answer: await device.ask('signIn', credentials) };
  }

  get isOpen(): boolean {
    return !this.#dead && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Requests without an answer. */
  get asking(): number {
    return this.#dead ? 0 : this.#asked.size;
  }

  /** Frames that have come. */
  get received(): number {
    return this.#received;
  }

  /** Sends a request; rejects with `DeviceRefusal`. */
  async ask(method: RequestMethod, params: object): Promise<Readonly<Record<string, unknown>>> {
    if (!this.isOpen) throw new DeviceRefusal(method, notConnected, 'the device is not connected');
    this.#count += 1;
    const id = this.#count;
    const { result, error } = await new Promise<Frame>((settle) => {
      this.#asked.set(id, { method, settle });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
    if (error !== undefined)
      throw new DeviceRefusal(method, error.data?.reason ?? error.data?.name ?? 'unknown', error.message);
    return result ?? {};
  }

  /** The line goes dead: nothing is read or said any more, and nobody is told. */
  goSilent(): void {
    this.#dead = true;
    this.#socket.pause();
    this.#settleAll();
  }

  /** The connection breaks. */
  cut(): void {
    this.#dead = true;
    this.#socket.terminate();
  }

  #take(frame: Frame, notice: (notice: Notice) => void): void {
    if (frame.id === undefined) {
      if (frame.method !== undefined) notice({ method: frame.method as NoticeMethod, params: frame.params ?? {} });
      return;
    }
    const asked = this.#asked.get(frame.id);
    this.#asked.delete(frame.id);
    asked?.settle(frame);
  }

  #settleAll(): void {
    for (const { settle } of this.#asked.values()) {
      settle({ error: { message: 'the connection is gone', data: { name: notConnected } } });
    }
    this.#asked.clear();
  }
}
