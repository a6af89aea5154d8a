import { Agent, buildConnector, request } from 'undici';
import type { AddressGuard } from './guard.ts';

/** What is sent, and where. */
export interface Delivery {
  readonly url: string;
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
  /** The beginning of the answer. */
  readonly answer: string;
  readonly retryAfter: string | undefined;
}

/** Bytes of an answer that are kept; the rest is not read. */
const answerBytes = 4096;
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
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connect: (wanted, callback) => {
        // A literal address is never looked up.
        const refusal = guard.refusal(wanted.hostname);
        if (refusal !== undefined) callback(new Error(refusal), null);
        else connect(wanted, callback);
      },
    });
  }

  /** Never rejects. */
  async send({ url, headers, body }: Delivery): Promise<Answer> {
    const began = performance.now();
    const took = (): number => Math.round(performance.now() - began);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#timeout);
    try {
      const response = await request(url, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: ['content-type', 'application/json', 'user-agent', 'Ringback', ...headers],
        body,
        signal: late.signal,
      });
      const header = response.headers['retry-after'];
      return {
        status: response.statusCode,
        // The status decides; what is wrong with the rest of the answer is the receiver's own affair.
        answer: await beginning(response.body),
        took: took(),
        error: '',
        retryAfter: Array.isArray(header) ? header[0] : header,
      };
    } catch (error) {
      return {
        status: 0,
        took: took(),
        error: this.#reason(error, late.signal.aborted),
        answer: '',
        retryAfter: undefined,
      };
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #reason(error: unknown, late: boolean): string {
    if (late) return `No answer within ${this.#timeout} ms.`;
    const text = error instanceof Error ? error.message : String(error);
    const code = (error as { code?: string } | undefined)?.code;
    return code === undefined || text.includes(code) ? text : `${text} (${code})`;
  }
}

/** At most `answerBytes` of an answer; a longer one costs its connection, so that nobody can make us read for ever. */
async function beginning(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > answerBytes) break;
    }
  } catch {
    // It broke off, or came too late; what came is kept.
  }
  return Buffer.concat(chunks).subarray(0, answerBytes).toString('utf8');
}
