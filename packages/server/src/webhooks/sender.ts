import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { AddressGuard } from './guard.ts';

/** What is sent, and where. */
export interface Delivery {
  /** Such as `https://example.com:8443`. */
  readonly origin: string;
  /** From the first slash on, with the query. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** What came back. */
export interface Answer {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** ms. */
  readonly took: number;
  /** Why there was no answer; empty when there was one. */
  readonly error: string;
  /** The beginning of the answer, to keep. */
  readonly answer: string;
  /** More of it, to judge it by. */
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** Bytes of an answer that are kept. */
const keptBytes = 4096;

/** Bytes of an answer that are read. */
const answerBytes = 65_536;

const keepAlive = 30_000;

/** Sends webhooks over connections that are kept open. Redirects are not followed: a guard would have to look again. */
export class Sender {
  readonly #agent: Agent;
  readonly #timeout: number;

  /** `timeout` in ms, for a whole attempt. */
  constructor(options: { readonly guard: AddressGuard; readonly timeout: number }) {
    const { guard, timeout } = options;
    const connect = buildConnector({ timeout, lookup: guard.lookup });
    this.#timeout = timeout;
    this.#agent = new Agent({
      // Two endpoints may share a receiver; how many attempts run at once is their queues' affair.
      connections: null,
      pipelining: 1,
      keepAliveTimeout: keepAlive,
      // Each attempt has a clock of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (wanted, callback) => {
        // A literal address is never looked up.
        const refusal = guard.refusal(wanted.hostname);
        if (refusal !== undefined) callback(new Error(refusal), null);
        else connect(wanted, callback);
      },
    });
  }

  /** Never rejects. */
  send({ origin, path, headers, body }: Delivery): Promise<Answer> {
    return new Promise((resolve) => {
      const flight = new Flight(this.#timeout, resolve);
      const all = ['content-type', 'application/json', 'user-agent', 'Ringback', ...headers];
      try {
        this.#agent.dispatch({ origin, path, method: 'POST', headers: all, body }, flight);
      } catch (error) {
        flight.failed(error);
      }
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** One attempt under way; tells once what came of it. */
class Flight implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #began = performance.now();
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #retryAfter: string | undefined;
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #size = 0;
  #over = false;
  /** Nothing more comes of it. */
  #isRead = false;

  constructor(timeout: number, resolve: (answer: Answer) => void) {
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.failed(new Error(`No answer within ${timeout} ms.`)), timeout);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection for too long.
    if (this.#over) controller.abort(new Error('too late'));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const asked = headers['retry-after'];
    this.#retryAfter = Array.isArray(asked) ? asked[0] : asked;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#rest === undefined) this.#rest = [chunk];
    else this.#rest.push(chunk);
    this.#size += chunk.length;
    // A longer answer costs its connection, so that nobody can make us read for ever.
    if (this.#size > answerBytes) this.#end('');
  }

  onResponseEnd(): void {
    this.#isRead = true;
    this.#end('');
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#isRead = true;
    this.failed(error);
  }

  /** It broke off. The status decides: what is wrong with the rest of an answer is the receiver's own affair. */
  failed(error: unknown): void {
    this.#end(this.#status === 0 ? sentenceOf(error) : '');
  }

  #end(error: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    const { first, rest } = { first: this.#first, rest: this.#rest };
    const read = first === undefined ? undefined : rest === undefined ? first : Buffer.concat([first, ...rest]);
    const text = read === undefined ? '' : read.subarray(0, answerBytes).toString('utf8');
    this.#resolve({
      status: this.#status,
      took: Math.round(performance.now() - this.#began),
      error,
      answer: read === undefined || read.length <= keptBytes ? text : read.subarray(0, keptBytes).toString('utf8'),
      text,
      retryAfter: this.#retryAfter,
    });
    // Whoever goes on sending, or sends nothing more, must not keep a connection, nor fill the memory.
    if (!this.#isRead) this.#controller?.abort(new Error('over'));
  }
}

function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: string } | undefined)?.code;
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}
