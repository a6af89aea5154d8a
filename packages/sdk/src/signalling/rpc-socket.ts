import { localError, localErrors, RingbackError } from '../base/ringback-error.ts';
import type { Timers } from '../base/timers.ts';

/** What the SDK uses of a WebSocket; that of browsers and of Node 22, and the one of the package `ws`. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type SocketConstructor = new (url: string, protocol: string) => SocketLike;

/** How a socket came to its end. `code` 0: we gave it up. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Pending {
  readonly settle: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
  readonly stop: () => void;
}

/** JSON-RPC over one WebSocket. Once closed it stays so. */
export class RpcSocket {
  readonly #socket: SocketLike;
  readonly #timers: Timers;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  #over = false;
  readonly #closed: (closed: Closed) => void;

  private constructor(socket: SocketLike, timers: Timers, closed: (closed: Closed) => void) {
    this.#socket = socket;
    this.#timers = timers;
    this.#closed = closed;
  }

  /** Connects within `ms`; rejects with `no_network` otherwise. */
  static open(options: {
    readonly url: string;
    readonly protocol: string;
    readonly Socket: SocketConstructor;
    readonly timers: Timers;
    readonly ms: number;
    readonly notice: (method: string, params: unknown) => void;
    /** Called once, when an open socket is over. */
    readonly closed: (closed: Closed) => void;
  }): Promise<RpcSocket> {
    const { url, protocol, Socket, timers, ms, notice, closed } = options;
    return new Promise((resolve, reject) => {
      let socket: SocketLike;
      try {
        socket = new Socket(url, protocol);
      } catch (cause) {
        reject(localError('no_network', `The address ${url} cannot be used.`, { cause }));
        return;
      }
      const rpc = new RpcSocket(socket, timers, closed);
      let open = false;
      const fail = () => {
        stop();
        rpc.#silence();
        reject(localError('no_network', `The server at ${url} cannot be reached.`));
      };
      const stop = timers.after(ms, fail);
      socket.onopen = () => {
        open = true;
        stop();
        resolve(rpc);
      };
      socket.onmessage = (event: { readonly data: unknown }) => rpc.#take(event.data, notice);
      socket.onerror = () => {};
      socket.onclose = (event: Closed) => {
        if (open) rpc.#end({ code: event.code, reason: event.reason });
        else fail();
      };
    });
  }

  get isOpen(): boolean {
    return !this.#over && this.#socket.readyState === 1;
  }

  /**
   * Sends a request. `take` gets the result at once, before any notice that follows it. Rejects with the server's error,
   * with `connection_lost` when the socket closes first, and after `ms`.
   */
  request(method: string, params: object, ms: number, take: (result: unknown) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(localError('connection_lost'));
        return;
      }
      this.#count += 1;
      const id = this.#count;
      const stop = this.#timers.after(ms, () => {
        this.#pending.delete(id);
        reject(localError('connection_lost', `The server did not answer ${method} within ${ms} ms.`));
      });
      const settle = (result: unknown) => {
        try {
          take(result);
          resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#pending.set(id, { settle, fail: reject, stop });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Gives the socket up, without waiting for the other side. */
  close(code = 1000): void {
    if (this.#over) return;
    this.#silence(code);
    this.#end({ code: 0, reason: '' });
  }

  #silence(code = 1000): void {
    const socket = this.#socket;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // The package `ws` throws when nobody listens for the error of a connection that is given up.
    socket.onerror = () => {};
    try {
      socket.close(code);
    } catch {
      // Closed already.
    }
  }

  #end(closed: Closed): void {
    if (this.#over) return;
    this.#over = true;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { fail, stop } of pending) {
      stop();
      fail(localError('connection_lost'));
    }
    this.#closed(closed);
  }

  #take(data: unknown, notice: (method: string, params: unknown) => void): void {
    const frame = readFrame(data);
    if (frame === undefined || this.#over) return;
    if (typeof frame.method === 'string') {
      notice(frame.method, frame.params);
      return;
    }
    const pending = this.#pending.get(frame.id as number);
    if (pending === undefined) return;
    this.#pending.delete(frame.id as number);
    pending.stop();
    if (frame.error === undefined) pending.settle(frame.result);
    else pending.fail(serverError(frame.error));
  }
}

interface Frame {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

function readFrame(data: unknown): Frame | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    return typeof frame === 'object' && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** The finer name is kept where there is one. Whatever else comes as an error is one all the same. */
function serverError(error: unknown): RingbackError {
  const { code, message, data } = Object(error) as { code?: unknown; message?: unknown; data?: unknown };
  const { name, field } = Object(data) as { name?: unknown; field?: unknown };
  const reason = typeof name === 'string' ? name : 'unknown';
  const number = typeof code === 'number' ? code : localErrors.unknown.code;
  const text = typeof message === 'string' ? message : reason;
  return new RingbackError(reason, number, text, typeof field === 'string' ? { field } : {});
}
