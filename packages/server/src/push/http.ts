import type { LookupFunction } from 'node:net';
import type { PushFault } from 'ringback-protocol';
import { Agent, buildConnector, request } from 'undici';
import { retryAfter } from '../base/retry-after.ts';

/** Keeps requests out of the operator's own network. */
export interface Guard {
  /** What is wrong with a URL, in words that follow its name; undefined when nothing is. */
  problem(url: string): string | undefined;
  /** Why nobody may connect to this host; a name is looked up by `lookup`, whose errors are called `AddressRefused` then. */
  refusal(hostname: string): string | undefined;
  /** Whether this host is an address that the operator has opened. */
  isOpened(hostname: string): boolean;
  readonly lookup: LookupFunction;
}

/** What came back. */
export interface HttpAnswer {
  /** 0 when there was none. */
  readonly status: number;
  /** The beginning of the answer, or why there was none. */
  readonly text: string;
  /** ms that the service wants to be left alone. */
  readonly after: number | undefined;
  /** Why there was none, where that is known. */
  readonly fault?: PushFault | undefined;
}

/** What an answer says of an attempt, beside status and text. */
export const besides = ({ after, fault }: HttpAnswer): { readonly after?: number; readonly fault?: PushFault } => ({
  ...(after !== undefined && { after }),
  ...(fault !== undefined && { fault }),
});

/** What errors are called by which a guard keeps connections from being made. */
const refusedName = 'AddressRefused';

/** The server does not go there. */
class Refused extends Error {
  override readonly name = refusedName;
}

/** Bytes of an answer that are read. */
const answerBytes = 16_384;

/** ms; the longest pause that a push service can ask for. */
export const longestPause = 60_000;

/** Posts to push services over connections that are kept open. Redirects are not followed: the guard would have to look again. */
export class PushHttp {
  readonly #agent: Agent;
  readonly #timeout: number;

  /** `timeout` in ms, for a whole attempt. */
  constructor(options: { readonly guard: Guard; readonly timeout: number }) {
    const { guard, timeout } = options;
    this.#timeout = timeout;
    const connect = buildConnector({ timeout, lookup: guard.lookup });
    this.#agent = new Agent({
      connections: 32,
      connect: (wanted, callback) => {
        const refusal = guard.refusal(wanted.hostname);
        if (refusal === undefined) connect(wanted, callback);
        else callback(new Refused(refusal), null);
      },
    });
  }

  /** Never rejects. */
  async post(url: string, headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<HttpAnswer> {
    const signal = AbortSignal.timeout(this.#timeout);
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'user-agent': 'Ringback', ...headers },
        body,
        dispatcher: this.#agent,
        signal,
      });
      const after = retryAfter(answer.headers['retry-after'], Date.now(), longestPause);
      let text = '';
      for await (const chunk of answer.body) {
        text += (chunk as Buffer).toString('utf8');
        if (text.length > answerBytes) break;
      }
      return { status: answer.statusCode, text, after };
    } catch (error) {
      const text = signal.aborted ? lateText(this.#timeout) : sentenceOf(error);
      return { status: 0, text, after: undefined, fault: signal.aborted ? 'noAnswer' : faultOf(error) };
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** Of a service that takes longer than so many ms. */
export const lateText = (ms: number): string => `No answer within ${ms} ms.`;

/** Whether it was the guard that kept a connection from being made. */
export const faultOf = (error: unknown): PushFault | undefined =>
  error instanceof Error && error.name === refusedName ? 'address' : undefined;

/** What went wrong, with its code. */
export function sentenceOf(error: unknown): string {
  const { message = String(error), code } = (error ?? {}) as { readonly message?: string; readonly code?: string };
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
