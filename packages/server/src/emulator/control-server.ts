import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SettingsError } from '../config/load.ts';
import { ScriptError } from '../script/node-reader.ts';
import { controlRoutes } from './control-routes.ts';
import type { Emulator } from './emulator.ts';
import { RestRefusal } from './rest.ts';

/** Bytes of a body. */
const largest = 65_536;

/** A request that cannot be done; told to who asks, with a status of HTTP. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Hosts by which programs of this machine name it; a page of another site that was led here names its own. */
const ownHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/** The port on loopback through which tests and people move the clock and the virtual users. */
export class ControlServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on 127.0.0.1, and nowhere else. Rejects when the port is taken. */
  static async open(emulator: Emulator, port: number): Promise<ControlServer> {
    const server = createServer((request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      answer(emulator, request, gone.signal).then(
        ({ status, body }) => write(response, status, body),
        (error: unknown) => {
          const { status, message } = refusalOf(error);
          write(response, status, { error: message });
        },
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new ControlServer(server);
  }

  /** `http://127.0.0.1:8090`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(
  emulator: Emulator,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  const { method = '', headers } = request;
  if (!ownHost.test(headers.host ?? '')) throw new ControlRefusal(403, 'The emulator answers on 127.0.0.1 only.');
  if (headers.origin !== undefined) throw new ControlRefusal(403, 'Pages in a browser cannot control the emulator.');
  const { url: asked = '/' } = request;
  if (!URL.canParse(asked, 'http://emulator')) throw new ControlRefusal(400, 'The address is none.');
  const url = new URL(asked, 'http://emulator');
  const parts = url.pathname.split('/').slice(1).map(decoded);
  const at = controlRoutes.filter((route) => route.path.length === parts.length && matches(route.path, parts));
  const route = at.find((one) => one.method === method);
  if (route === undefined) {
    if (at.length === 0)
      throw new ControlRefusal(404, `There is nothing at ${url.pathname}. GET /emulator lists what there is.`);
    throw new ControlRefusal(405, `${url.pathname} takes ${at.map((one) => one.method).join(', ')}.`);
  }
  const text = await textOf(request);
  const id = parts[route.path.indexOf('*')] ?? '';
  return { status: 200, body: await route.handle(emulator, { id, text, query: url.searchParams, signal }) };
}

const matches = (path: readonly string[], parts: readonly string[]): boolean =>
  path.every((part, index) => part === '*' || part === parts[index]);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ControlRefusal(400, 'The address is not percent-encoded as it should be.');
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // What is refused half-read still gets its answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > largest) throw new ControlRefusal(413, `The body is larger than ${largest} bytes.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof ControlRefusal) return error;
  const message = error instanceof Error ? error.message : String(error);
  const wrong = error instanceof ScriptError || error instanceof RestRefusal || error instanceof SettingsError;
  return { status: wrong ? 400 : 500, message };
}

function write(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
