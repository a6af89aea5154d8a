import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Refusal } from 'ringback-protocol';
import { controlPath } from './control-path.ts';
import { operations } from './index.ts';
import { bodyLimit, type Operation } from './operation.ts';
import type { Operator } from './operator.ts';

/** ms for a request to arrive. */
const patience = 5000;

/** By operation; undefined for most. */
const limits = new Map(
  (operations as readonly unknown[] as readonly Operation[]).map(({ name, bodyBytes }) => [name, bodyBytes]),
);

/** What the control socket answers to every request. */
export type ControlAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

const failure = (name: string, message: string): ControlAnswer => ({ ok: false, error: { name, message } });

/**
 * The operator's door of a running server: a Unix socket of the data directory, for its owner only.
 *
 * `POST /<operation>` with the input as JSON is answered with a `ControlAnswer`. Whoever opens it holds the `DataLock`.
 */
export class ControlServer {
  readonly #server: Server;
  /** Where it listens. */
  readonly path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.path = path;
  }

  /** Opens the door; `failed` hears of errors that are nobody's fault outside. Rejects when it cannot listen. */
  static async open(options: {
    readonly data: string;
    readonly operator: Operator;
    readonly failed: (operation: string, error: unknown) => void;
  }): Promise<ControlServer> {
    const path = controlPath(options.data);
    const { operator } = options;
    const server = createServer(
      { requestTimeout: patience, headersTimeout: patience, connectionsCheckingInterval: 1000, keepAliveTimeout: 1 },
      (request, response) => {
        serve(operator, options.failed, request, response).catch(() => response.destroy());
      },
    );
    server.maxConnections = 64;
    server.on('clientError', (_, socket) => socket.destroy());
    // The lock says that no other server lives here: what is left at this path is of one that died.
    rmSync(path, { force: true });
    await listen(server, path);
    return new ControlServer(server, path);
  }

  /** Answers what is under way, then closes and removes the socket. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      setTimeout(() => this.#server.closeAllConnections(), 2000).unref();
    });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      // An error of accepting one connection must not end the process.
      server.on('error', () => {});
      chmodSync(path, 0o600);
      resolve();
    });
    // The socket is made in this very call, so nobody finds it with wider rights.
    const before = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

async function serve(
  operator: Operator,
  failed: (operation: string, error: unknown) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = (request.url ?? '/').slice(1);
  let answer: ControlAnswer;
  if (request.method !== 'POST') answer = failure('method_not_post', 'Send the operation as POST with a JSON object.');
  else {
    const limit = limits.get(name) ?? bodyLimit;
    const body = await read(request, limit);
    const input = body === undefined ? undefined : parse(body);
    if (body === undefined) answer = failure('body_not_json', `The request is longer than ${limit} bytes.`);
    else if (input === undefined) answer = failure('body_not_json', 'The request is not JSON.');
    else answer = await run(operator, failed, name, input.value, () => response.destroyed);
  }
  const text = Buffer.from(JSON.stringify(answer));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': text.length,
    connection: 'close',
  });
  response.end(text);
}

async function run(
  operator: Operator,
  failed: (operation: string, error: unknown) => void,
  name: string,
  input: unknown,
  gone: () => boolean,
): Promise<ControlAnswer> {
  try {
    return { ok: true, result: (await operator(name, input, undefined, gone)) ?? null };
  } catch (error) {
    if (error instanceof Refusal) {
      if (error.cause !== undefined) failed(name, error.cause);
      return failure(error.reason, error.message);
    }
    failed(name, error);
    return failure('internal', 'The server could not do it; its log says why.');
  }
}

/** The body; undefined when it is too long. */
async function read(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too long is read to its end, so that the answer is heard; the time limit ends an endless one.
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: text === '' ? {} : JSON.parse(text) };
  } catch {
    return undefined;
  }
}
