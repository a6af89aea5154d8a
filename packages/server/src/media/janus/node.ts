import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Log } from '../../observe/log.ts';
import type { Clock } from '../../ports/clock.ts';
import { isSessionOver, type JanusMessage, type Jsep, readMessage } from './wire.ts';

/** ms: what a connection and a transaction may take. */
const connectTime = 5000;
const transactionTime = 5000;

/** ms: how often the line is tried, and the silence after which it is dead. */
const pulse = 5000;
const silence = 12_000;

/** ms; Janus ends a session of which it has heard nothing for 60 s. */
const keepAlive = 25_000;

/** ms: the first pause before another connection, which doubles, and the longest. */
const firstPause = 500;
const longestPause = 15_000;

/** Transactions under way at once, and bytes of a frame. */
const mostTransactions = 10_000;
const mostBytes = 1_048_576;

/** What somebody who has a handle hears of it, besides the answers. */
export type HandleListener = (message: JanusMessage) => void;

/** Where messages to the plugin go. */
export interface JanusHandle {
  readonly id: number;
  /** Resolves with the plugin's answer; rejects with what it refused, or after a while. */
  ask(body: object, jsep?: Jsep): Promise<JanusMessage>;
  trickle(candidate: object): void;
  detach(): void;
}

export interface JanusNodeOptions {
  readonly url: string;
  /** The URL as it may be shown. */
  readonly shown: string;
  readonly apiSecret: string;
  readonly clock: Clock;
  readonly log: Log;
  /** There is a session: rooms can be made, with this handle. */
  readonly up: (control: JanusHandle) => void;
  /** The session, and all that was in it, is no more. */
  readonly down: (reason: string) => void;
}

interface Pending {
  readonly resolve: (message: JanusMessage) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

/** The line to one Janus server: one WebSocket, one session, many handles. Comes back by itself when it is lost. */
export class JanusNode {
  readonly #options: JanusNodeOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Map<number, HandleListener>();
  #socket: WebSocket | undefined;
  #session = 0;
  #heardAt = 0;
  #sent = 0;
  #pause = firstPause;
  #cancels: (() => void)[] = [];
  #closed = false;

  constructor(options: JanusNodeOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Makes a handle of the VideoRoom plugin. */
  async attach(listener: HandleListener): Promise<JanusHandle> {
    const session = this.#session;
    const { id } = await this.#ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    if (session !== this.#session) throw new Error('The session is over.');
    this.#listeners.set(id, listener);
    return {
      id,
      ask: (body, jsep) => this.#ask({ janus: 'message', handle_id: id, body, ...(jsep && { jsep }) }),
      trickle: (candidate) => this.#tell({ janus: 'trickle', handle_id: id, candidate }),
      detach: () => {
        if (this.#listeners.delete(id)) this.#tell({ janus: 'detach', handle_id: id });
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#tell({ janus: 'destroy' });
    this.#end('closed');
  }

  #connect(): void {
    const { url, clock } = this.#options;
    const socket = new WebSocket(url, 'janus-protocol', { handshakeTimeout: connectTime, maxPayload: mostBytes });
    this.#socket = socket;
    this.#heardAt = clock.steady();
    socket.on('open', () => void this.#greet(socket));
    socket.on('message', (data) => {
      if (this.#socket === socket) this.#take(String(data));
    });
    socket.on('pong', () => {
      this.#heardAt = clock.steady();
    });
    socket.on('error', (error) => this.#lost(socket, error.message));
    socket.on('close', (code) => this.#lost(socket, `closed with ${code}`));
  }

  /** A session, and the handle that makes rooms. */
  async #greet(socket: WebSocket): Promise<void> {
    try {
      const { id } = await this.#ask({ janus: 'create' });
      this.#session = id;
      const control = await this.attach(() => {});
      this.#pause = firstPause;
      this.#every(pulse, () => this.#feelPulse(socket));
      this.#every(keepAlive, () => this.#tell({ janus: 'keepalive' }));
      this.#options.log.info({ url: this.#options.shown }, 'janus connected');
      this.#options.up(control);
    } catch (error) {
      this.#lost(socket, error instanceof Error ? error.message : String(error));
    }
  }

  #feelPulse(socket: WebSocket): void {
    if (this.#options.clock.steady() - this.#heardAt > silence) this.#lost(socket, 'silent');
    else socket.ping();
  }

  #every(ms: number, act: () => void): void {
    const { clock } = this.#options;
    let cancel = (): void => {};
    const arm = (): void => {
      cancel = clock.timer(ms, () => {
        arm();
        act();
      });
    };
    arm();
    this.#cancels.push(() => cancel());
  }

  #take(frame: string): void {
    this.#heardAt = this.#options.clock.steady();
    const message = readMessage(frame);
    // An `ack` says only that the answer will come.
    if (message === undefined || message.janus === 'ack') return;
    if (isSessionOver(message) && this.#socket !== undefined) {
      this.#lost(this.#socket, 'the session timed out');
      return;
    }
    const pending = message.transaction === '' ? undefined : this.#pending.get(message.transaction);
    if (pending === undefined) {
      // A handle for which nobody waits any longer.
      if (message.janus === 'success' && message.id !== 0) this.#tell({ janus: 'detach', handle_id: message.id });
      this.#listeners.get(message.sender)?.(message);
      return;
    }
    this.#pending.delete(message.transaction);
    pending.cancel();
    if (message.error === '') pending.resolve(message);
    else pending.reject(new Error(message.error));
  }

  #ask(request: object): Promise<JanusMessage> {
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN || this.#pending.size >= mostTransactions) {
        reject(new Error('Janus is not connected, or has too much to do.'));
        return;
      }
      const transaction = this.#send(request);
      const cancel = this.#options.clock.timer(transactionTime, () => {
        if (this.#pending.delete(transaction)) reject(new Error('Janus has not answered in time.'));
      });
      this.#pending.set(transaction, { resolve, reject, cancel });
    });
  }

  #tell(request: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN && this.#session !== 0) this.#send(request);
  }

  #send(request: object): string {
    this.#sent += 1;
    const transaction = `${this.#sent}-${randomBytes(4).toString('hex')}`;
    const { apiSecret } = this.#options;
    const frame = {
      ...request,
      transaction,
      ...(this.#session === 0 ? {} : { session_id: this.#session }),
      ...(apiSecret === '' ? {} : { apisecret: apiSecret }),
    };
    this.#socket?.send(JSON.stringify(frame));
    return transaction;
  }

  #lost(socket: WebSocket, reason: string): void {
    if (this.#closed || this.#socket !== socket) return;
    const { shown: url, clock, log, down } = this.#options;
    const was = this.#session !== 0;
    this.#end(reason);
    log.warn({ url, reason }, was ? 'janus lost' : 'janus not reached');
    this.#cancels.push(clock.timer(this.#pause, () => this.#connect()));
    this.#pause = Math.min(longestPause, this.#pause * 2);
    if (was) down(reason);
  }

  #end(reason: string): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    this.#session = 0;
    this.#listeners.clear();
    for (const { reject, cancel } of this.#pending.values()) {
      cancel();
      reject(new Error(`Janus is lost: ${reason}.`));
    }
    this.#pending.clear();
    if (socket?.readyState === WebSocket.OPEN && reason === 'closed') socket.close();
    else socket?.terminate();
  }
}
