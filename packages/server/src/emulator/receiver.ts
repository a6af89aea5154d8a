import type { IncomingMessage, ServerResponse } from 'node:http';
import { isGenuine } from './genuine.ts';

/** A webhook that came. */
export interface ReceivedWebhook {
  /** The `webhook-id`: the same on every attempt. */
  readonly id: string;
  readonly command: string;
  readonly callId: string;
  readonly eventSeq: number;
  /** ms; when it was taken, in the time of the server. */
  readonly at: number;
  /** How often it came before it was taken. */
  readonly failures: number;
  /** Whether the signature was right, over the bytes as they came. */
  readonly genuine: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Bytes of a body, and webhooks that are kept; older ones go. */
const largest = 1_048_576;
const most = 100_000;

interface Payload {
  readonly EventSeq?: number;
  readonly CallId?: string;
  readonly CallInfo?: { readonly CallId?: string };
  readonly CallRecord?: { readonly CallId?: string };
}

/** The receiver of webhooks that is built in: checks signatures, fails as it is told, keeps what it has taken. */
export class Receiver {
  secret = '';
  /** How often each delivery fails before it is taken. */
  failFirst = 0;
  readonly #now: () => number;
  readonly #taken = new Map<string, ReceivedWebhook>();
  readonly #failures = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Those of one call after the other: by the first event of each call that came, then by `EventSeq`. */
  get webhooks(): readonly ReceivedWebhook[] {
    const order = new Map<string, number>();
    for (const { callId } of this.#taken.values()) if (!order.has(callId)) order.set(callId, order.size);
    const place = ({ callId }: ReceivedWebhook): number => order.get(callId) ?? 0;
    return [...this.#taken.values()].sort((a, b) => place(a) - place(b) || a.eventSeq - b.eventSeq);
  }

  get count(): number {
    return this.#taken.size;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size > largest) {
        response.writeHead(413).end();
        return;
      }
      chunks.push(chunk as Buffer);
    }
    const id = String(request.headers['webhook-id'] ?? '');
    const failures = this.#failures.get(id) ?? 0;
    if (!this.#taken.has(id) && failures < this.failFirst) {
      this.#failures.set(id, failures + 1);
      response.writeHead(503).end();
      return;
    }
    const known = this.#take(request, id, Buffer.concat(chunks).toString('utf8'), failures);
    response.writeHead(known ? 200 : 400, { 'content-type': 'application/json' });
    response.end('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}');
  }

  #take(request: IncomingMessage, id: string, text: string, failures: number): boolean {
    let body: Payload;
    try {
      body = JSON.parse(text) as Payload;
    } catch {
      return false;
    }
    if (id === '' || this.#taken.has(id)) return id !== '';
    if (this.#taken.size >= most) this.#taken.delete(this.#taken.keys().next().value as string);
    this.#failures.delete(id);
    this.#taken.set(id, {
      id,
      command: new URL(request.url ?? '/', 'http://receiver').searchParams.get('CallbackCommand') ?? '',
      callId: body.CallId ?? body.CallInfo?.CallId ?? body.CallRecord?.CallId ?? '',
      eventSeq: body.EventSeq ?? 0,
      at: this.#now(),
      failures,
      genuine: isGenuine(this.secret, request.headers, text),
      body: body as Readonly<Record<string, unknown>>,
    });
    return true;
  }
}

/** A webhook as scripts write it: `MemberChanged bob Answer`. */
export function spellWebhook({ command, body }: ReceivedWebhook): string {
  const word = command.replace('Call.CallbackAfter', '');
  const { ChangedUserList: changed, CallRecord: record } = body as {
    readonly ChangedUserList?: readonly { readonly User_Account: string; readonly ActionType: string }[];
    readonly CallRecord?: { readonly CallResult: string };
  };
  if (changed !== undefined) {
    return `${word} ${changed.map(({ User_Account, ActionType }) => `${User_Account} ${ActionType}`).join(', ')}`;
  }
  return record === undefined ? word : `${word} ${record.CallResult}`;
}
