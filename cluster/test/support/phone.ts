import { setTimeout as sleep } from 'node:timers/promises';
import tlsSig from 'tls-sig-api-v2';
import { WebSocket } from 'ws';
import { type Ringback, until } from '../../../e2e/support/ringback.ts';

/** Params and results: judged by the tests, member by member. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Json = any;

/** The call on a screen. */
export interface Shown {
  readonly callId: string;
  readonly eventSeq: number;
  /** `alice Calling`, in order. */
  readonly members: readonly string[];
}

/** ms between two pings, in a call and without; the real ones are 5 and 25 s apart. */
const [pingInCall, pingIdle] = [2500, 10_000];

/** ms; a connection that does not answer for this long is given up. */
const patience = 8000;

/**
 * A phone as somebody writes it from the page about signalling: it stays signed in, at whichever node takes it, shows what
 * it has been told, and asks where it sees a gap.
 */
export class Phone {
  readonly userId: string;
  shown: Shown | undefined;
  /** Signed in. */
  online = false;
  /** Times at which each call was over for this phone, with what it was told. */
  readonly over = new Map<string, { readonly at: number; readonly result: string }>();
  readonly #where: () => Ringback | undefined;
  #socket: WebSocket | undefined;
  #count = 0;
  #closed = false;
  readonly #waiting = new Map<number, { settle: (frame: Json) => void }>();

  /** `where` is asked for a node before each attempt to sign in. */
  constructor(userId: string, where: () => Ringback | undefined) {
    this.userId = userId;
    this.#where = where;
  }

  /** Signs in, and does so again whenever the connection is lost. Resolves after the first time. */
  async open(): Promise<void> {
    void this.#live();
    await until(() => (this.online ? undefined : `${this.userId} is not signed in`), 60_000);
  }

  /** Gone without a word, for good. */
  drop(): void {
    this.#closed = true;
    this.#socket?.terminate();
  }

  /** Asks the server; rejects with its error, or when the connection is lost. */
  async ask(method: string, params: object = {}): Promise<Json> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) throw new Error(`${this.userId} is not connected`);
    this.#count += 1;
    const id = this.#count;
    let timer: NodeJS.Timeout | undefined;
    const frame: Json = await new Promise((settle) => {
      this.#waiting.set(id, { settle });
      timer = setTimeout(() => socket.terminate(), patience);
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
    clearTimeout(timer);
    if (frame.error === undefined) return frame.result;
    throw Object.assign(new Error(`${method}: ${frame.error.message}`), frame.error);
  }

  /** Dials; the call is on the screen when this resolves. */
  async call(users: readonly string[], more: object = {}): Promise<string> {
    const { callId } = await this.ask('call', { callees: users, mediaType: 'Audio', ...more });
    if (this.shown?.callId !== callId && !this.over.has(callId)) {
      if (this.shown !== undefined) this.#end(this.shown.callId, '');
      this.shown = { callId, eventSeq: 0, members: [] };
      await this.#resume(callId);
    }
    return callId;
  }

  /** Waits until this call is on the screen. */
  async rings(callId: string, ms = 6000): Promise<void> {
    await until(() => {
      if (this.over.has(callId)) throw new Error(`${callId} is over for ${this.userId}`);
      return this.shown?.callId === callId ? undefined : `${this.userId} does not see ${callId} ring`;
    }, ms);
  }

  /** Hangs up what is on the screen until nothing is, as a person does who wants the phone free. */
  async clear(ms: number): Promise<void> {
    await until(async () => {
      const { shown } = this;
      if (shown === undefined && this.online) return undefined;
      if (shown !== undefined && this.online) {
        await this.ask('hangUp', { callId: shown.callId }).catch(() => this.#resume(shown.callId));
      }
      if (this.shown !== undefined) await sleep(100);
      return `${this.userId} ${this.online ? 'shows' : 'is not signed in, with'} ${JSON.stringify(this.shown)}`;
    }, ms);
  }

  async #live(): Promise<void> {
    while (!this.#closed) {
      const node = this.#where();
      if (node !== undefined) await this.#session(node).catch(() => {});
      this.online = false;
      await sleep(50 + Math.random() * 150);
    }
  }

  /** One connection, until it is lost. */
  async #session(node: Ringback): Promise<void> {
    const url = `${node.http.replace('http', 'ws')}/signalling`;
    const socket = new WebSocket(url, 'ringback.v1', { handshakeTimeout: patience });
    this.#socket = socket;
    const gone = new Promise<void>((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('close', () => reject(new Error('closed')));
    });
    let timer: NodeJS.Timeout | undefined;
    gone.then(() => {
      this.online = false;
      clearTimeout(timer);
      for (const { settle } of this.#waiting.values()) settle({ error: { message: 'the connection was lost' } });
      this.#waiting.clear();
    });
    try {
      await this.#signIn(node);
      const ping = (): void => {
        timer = setTimeout(() => this.#ping().then(ping, ping), this.shown === undefined ? pingIdle : pingInCall);
      };
      ping();
    } catch {
      // This node cannot serve at the moment: the next one, perhaps.
      socket.terminate();
    }
    await gone;
  }

  async #signIn(node: Ringback): Promise<void> {
    const { userId } = this;
    const userSig = new tlsSig.Api(node.sdkAppId, node.key).genUserSig(userId, 86_400);
    const who = { sdkAppId: node.sdkAppId, userId, userSig, platform: 'Web', deviceId: `${userId}-phone` };
    const before = this.shown;
    const { call, callHere } = await this.ask('signIn', who);
    if (before !== undefined && !(callHere && call.callId === before.callId)) await this.#resume(before.callId);
    if (callHere && this.shown === undefined) this.#show(call);
    else if (before !== undefined && this.shown !== undefined) await this.#resume(before.callId);
    this.online = true;
  }

  async #ping(): Promise<void> {
    const { shown } = this;
    if (shown === undefined) {
      await this.ask('ping').catch(() => {});
      return;
    }
    const { callId } = shown;
    const behind = await this.ask('ping', { callId }).then(
      ({ eventSeq }) => eventSeq !== this.shown?.eventSeq,
      (error) => error.data !== undefined,
    );
    if (behind) await this.#resume(callId);
  }

  /** Asks for the whole of a call, where something was missed. */
  async #resume(callId: string): Promise<void> {
    const seen = this.shown?.callId === callId ? this.shown.eventSeq : 0;
    try {
      const { call, notices } = await this.ask('resume', { callId, eventSeq: seen });
      if (call !== null) {
        if (this.shown?.callId === callId && call.eventSeq >= this.shown.eventSeq) this.#show(call);
      } else this.#end(callId, notices.at(-1)?.params?.result ?? '');
    } catch (error) {
      const { name } = (error as { readonly data?: { readonly name?: string } }).data ?? {};
      if (name === 'no_such_call' || name === 'not_in_call') this.#end(callId, name);
    }
  }

  #show(call: Json): void {
    const { callId, eventSeq, members } = call;
    this.shown = { callId, eventSeq, members: membersOf(members) };
  }

  #end(callId: string, result: string): void {
    if (!this.over.has(callId)) this.over.set(callId, { at: Date.now(), result });
    if (this.shown?.callId === callId) this.shown = undefined;
  }

  #take(frame: Json): void {
    if (frame.id === undefined || frame.id === null) this.#hear(frame.method, frame.params);
    else {
      const waiting = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      waiting?.settle(frame);
    }
  }

  #hear(method: string, params: Json): void {
    const { shown } = this;
    const { callId } = params;
    if (method === 'callEnded') this.#end(callId, params.result);
    else if (method === 'callReceived') {
      if (this.over.has(callId) || shown?.callId === callId) return;
      // Nobody is in two calls: the other one is over.
      if (shown !== undefined) this.#end(shown.callId, '');
      this.#show(params);
    } else if (method === 'callChanged' && shown !== undefined && shown.callId === callId) {
      if (params.eventSeq > shown.eventSeq + 1) void this.#resume(callId);
      else if (params.eventSeq === shown.eventSeq + 1) {
        this.shown = { callId, eventSeq: params.eventSeq, members: membersOf(params.members) };
      }
    }
  }
}

const membersOf = (members: readonly Json[]): readonly string[] =>
  members.map(({ userId, status }) => `${userId} ${status}`);
