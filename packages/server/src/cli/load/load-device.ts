import type { IncomingMessage } from 'node:http';
import type { CallId, SdkAppId, UserId } from 'ringback-protocol';
import { WebSocket } from 'ws';
import { certificateOptions, type Trust, whyNoConnection } from '../trust.ts';

/** ms; an answer or notice that takes longer has failed. */
export const patience = 15_000;

/** Characters that are read of the answer of a server that refuses the socket. */
const reasonLength = 300;

/** ms between two pings: well within the lease of a call. */
const pingEvery = 5000;

/** Where and as whom a device signs in. */
export interface LoadIdentity {
  /** The address of the socket, `ws://…/signalling`. */
  readonly url: string;
  readonly trust: Trust;
  readonly app: SdkAppId;
  readonly userId: UserId;
  readonly userSig: string;
}

interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly callId?: CallId; readonly changed?: readonly { readonly action: string }[] };
  readonly result?: { readonly callId?: CallId };
  readonly error?: { readonly message: string };
}

interface Wait {
  readonly fits: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The server refuses the socket. */
export class SocketRefused extends Error {
  override readonly name = 'SocketRefused';
  /** What the server says; empty when it is not plain text. */
  readonly text: string;

  constructor(status: number, text: string) {
    super(`The server answered ${status}${text === '' ? '.' : `: ${text}`}`);
    this.text = text;
  }
}

/** A device that signs in over the real socket, to call and be called under load. */
export class LoadDevice {
  readonly #socket: WebSocket;
  readonly #waits = new Set<Wait>();
  #count = 0;
  #pinging: NodeJS.Timeout | undefined;
  /** Why the socket is gone. */
  #gone = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as Frame));
    socket.on('error', (error) => this.#lose(error.message));
    socket.on('close', (code) => this.#lose(`closed with ${code}`));
  }

  /** Connects and signs in. Rejects with a sentence. */
  static async signIn({ url, trust, app, userId, userSig }: LoadIdentity): Promise<LoadDevice> {
    const socket = new WebSocket(url, 'ringback.v1', {
      handshakeTimeout: patience,
      ...(url.startsWith('wss:') && {
        ...certificateOptions(trust),
        // False: there is nothing wrong with the name.
        ...(trust.pinned && { checkServerIdentity: () => false }),
      }),
    });
    const device = new LoadDevice(socket);
    await new Promise<void>((resolve, reject) =>
      socket
        .once('open', resolve)
        .once('error', (error) => reject(new Error(whyNoConnection(error))))
        .once('unexpected-response', (_request, response) =>
          wordsOf(response).then((words) => reject(new SocketRefused(response.statusCode ?? 0, words))),
        ),
    );
    try {
      await device.ask('signIn', { sdkAppId: app, userId, userSig, platform: 'Unknown', deviceId: 'bench' });
    } catch (error) {
      device.close();
      throw error;
    }
    device.#pinging = setInterval(() => device.ask('ping', {}).catch(() => {}), pingEvery);
    return device;
  }

  /** False when the socket is gone. */
  get isUp(): boolean {
    return this.#gone === '';
  }

  /** Sends a request; resolves with the call id of the answer, if it has one. */
  async ask(method: string, params: object): Promise<CallId | undefined> {
    this.#count += 1;
    const id = this.#count;
    const answered = this.#wait((frame) => frame.id === id, `no answer to ${method}`);
    if (this.isUp) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result?.callId;
  }

  /** Resolves when a notice of this name comes, of this call if given, with this action of a member if given. */
  async hears(method: string, callId?: CallId, action?: string): Promise<CallId> {
    const frame = await this.#wait(
      ({ method: name, params }) =>
        name === method &&
        (callId === undefined || params?.callId === callId) &&
        (action === undefined || params?.changed?.some((change) => change.action === action) === true),
      `no ${method} came`,
    );
    return frame.params?.callId as CallId;
  }

  close(): void {
    clearInterval(this.#pinging);
    this.#socket.close();
  }

  #wait(fits: (frame: Frame) => boolean, late: string): Promise<Frame> {
    if (!this.isUp) return Promise.reject(new Error(`connection lost: ${this.#gone}`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(wait, () => reject(new Error(late))), patience);
      const wait: Wait = { fits, resolve, reject, timer };
      this.#waits.add(wait);
    });
  }

  #settle(wait: Wait, settle: () => void): void {
    clearTimeout(wait.timer);
    this.#waits.delete(wait);
    settle();
  }

  #take(frame: Frame): void {
    for (const wait of [...this.#waits]) {
      if (wait.fits(frame)) this.#settle(wait, () => wait.resolve(frame));
    }
  }

  #lose(reason: string): void {
    if (this.#gone !== '') return;
    this.#gone = reason;
    clearInterval(this.#pinging);
    for (const wait of [...this.#waits]) {
      this.#settle(wait, () => wait.reject(new Error(`connection lost: ${reason}`)));
    }
  }
}

/** The words of an answer in one line, and the end of its connection. Empty when it is a page, such as that of a proxy. */
async function wordsOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8').setTimeout(patience, () => response.destroy());
  try {
    for await (const part of response) {
      text += part;
      if (text.length > reasonLength) break;
    }
  } catch {
    // It broke off: what came is what there is.
  }
  response.destroy();
  if (response.headers['content-type']?.startsWith('text/plain') !== true) return '';
  // Text from outside must not move the cursor or forge a line.
  const line = text.slice(0, reasonLength).replace(/[\s\p{Cc}]+/gu, ' ');
  return line.trim();
}
