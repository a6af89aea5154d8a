import { IncomingMessage, type ServerResponse } from 'node:http';
import type { RequestId } from 'ringback-protocol';
import { requestId } from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import type { Pending } from './deadlines.ts';
import { type Envelope, standardEnvelope } from './envelope.ts';
import type { Usage } from './limits.ts';
import type { Route } from './routes.ts';
import type { Query } from './url.ts';

/** Who works on an exchange and is told what happens to it. */
export interface ExchangeOwner {
  /** A part of the body. */
  chunk(exchange: Exchange, chunk: Buffer): void;
  /** The body is complete. */
  received(exchange: Exchange): void;
  /** The request will not become complete any more. */
  aborted(exchange: Exchange): void;
  /** The command has not answered in time. */
  expired(exchange: Exchange): void;
}

/**
 * A request on its way through the checks, with what they have found out.
 * It is the very object that `node:http` makes for a request, so that a request costs one object and no closures.
 */
export class Exchange extends IncomingMessage implements Pending {
  owner: ExchangeOwner | undefined;
  response: ServerResponse | undefined;
  /** Whether it came before another request of its connection was answered. */
  isBehind = false;
  requestId: RequestId = requestId('');
  envelope: Envelope = standardEnvelope;
  /** ms of the monotonic clock. */
  startedAt = 0;
  /** ms since 1970. */
  cameAt = 0;
  clientIp = '';
  /** Whether it came over TLS, or a way that the operator has declared to be as good. */
  secure = false;
  /** Whether a declared proxy took it over HTTPS. */
  proxied = false;
  /** The target from its path on. */
  target = '';
  /** Undefined as long as no command is known. */
  route: Route | undefined;
  query: Query | undefined;
  app: App | undefined;
  /** Set from the admission to the answer: the request counts as in flight. */
  usage: Usage | undefined;
  answered = false;
  /** Answered while the body was still on its way; what comes is dropped. */
  lingering = false;
  /** Bytes of the body so far. */
  size = 0;
  /** Parts of the body; most bodies have one. */
  first: Buffer | undefined;
  rest: Buffer[] | undefined;
  deadline = 0;
  ticket = 0;
  /** The body goes to the owner, not into the buffer of the stream. */
  receiving = false;

  expire(): void {
    this.owner?.expired(this);
  }

  /** Starts reading the body, of which the owner is told. */
  receive(): void {
    this.receiving = true;
  }

  /**
   * What the parser has read of the body; null at its end. The owner takes it here, at once: to pass it through the
   * buffer, the events and the ticks of a stream costs as much as all checks together.
   */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (!this.receiving) return super.push(chunk, encoding);
    if (chunk === null) this.owner?.received(this);
    else this.owner?.chunk(this, chunk as Buffer);
    return true;
  }

  /** Node calls this after the answer, to read what nobody has read: here there is nothing of the kind. */
  _dump(): void {
    if (!this.receiving) dump?.call(this);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.complete) this.owner?.aborted(this);
    super._destroy(error, done);
  }
}

const dump = (IncomingMessage.prototype as { _dump?: () => void })._dump;
