import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from 'ringback-protocol';
import sirv from 'sirv';
import type { Exchange } from './exchange.ts';

/** A folder of built pages and where it is served. */
export interface PagesOptions {
  /** Such as `/console`, without a slash at the end. */
  readonly path: string;
  readonly folder: string;
  /** Paths below that are no files show the front page, which finds its way by itself. */
  readonly single?: boolean;
  /** Addresses below that answer JSON, by their path, such as `/sign`. Throws a `Refusal` for a question that makes no sense. */
  readonly answers?: Readonly<Record<string, (query: URLSearchParams) => object>>;
}

/** Nothing but what this server serves itself, and the pages in nobody's frame. */
const policy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob: mediastream:",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const headers: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', policy],
  ['Permissions-Policy', 'camera=(self), microphone=(self), display-capture=(self)'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
];

/** Files that a build names by their content never change. */
const immutable = /\/assets\/.*-[\w-]{8,}\.\w+$/;

/** Built pages: all files are listed at the start, so that no path can lead to any other. */
export class Pages {
  readonly path: string;
  readonly #serve: ReturnType<typeof sirv>;
  readonly #answers: NonNullable<PagesOptions['answers']>;

  constructor({ path, folder, single = false, answers = {} }: PagesOptions) {
    this.path = path;
    this.#answers = answers;
    this.#serve = sirv(folder, {
      etag: true,
      gzip: true,
      brotli: true,
      single,
      setHeaders: (response, file) => {
        for (const [name, value] of headers) response.setHeader(name, value);
        response.setHeader(
          'Cache-Control',
          immutable.test(`/${file}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }

  /** Whether a path is one of these pages'. */
  has(path: string): boolean {
    return path === this.path || path.startsWith(`${this.path}/`);
  }

  handle(request: Exchange, response: ServerResponse): void {
    const { method, target } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      this.#refuse(response, 405, 'This address is for GET.', ['Allow', 'GET, HEAD']);
      return;
    }
    const inside = target.slice(this.path.length);
    if (!inside.startsWith('/')) {
      // Without its slash, the links of the page would lead beside it.
      this.#refuse(response, 308, 'The page is one slash further.', ['Location', `${this.path}/${inside}`]);
      return;
    }
    const [below = '', query] = inside.split('?', 2);
    const answer = Object.hasOwn(this.#answers, below) ? this.#answers[below] : undefined;
    if (answer !== undefined) {
      this.#tell(response, () => answer(new URLSearchParams(query)));
      return;
    }
    // A view of the request: what others see of it stays as it came.
    const view = Object.create(request, { url: { value: inside } }) as IncomingMessage;
    this.#serve(view, response, () => this.#refuse(response, 404, 'There is no such page.'));
  }

  #tell(response: ServerResponse, answer: () => object): void {
    let [status, body] = [200, '{}'];
    try {
      body = JSON.stringify(answer());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      [status, body] = [400, JSON.stringify({ error: error.message })];
    }
    response.writeHead(status, [
      'Content-Type',
      'application/json',
      'Cache-Control',
      'no-store',
      'Content-Length',
      String(Buffer.byteLength(body)),
      ...headers.flat(),
    ]);
    response.end(body);
  }

  #refuse(response: ServerResponse, status: number, text: string, more: readonly string[] = []): void {
    const body = `${text}\n`;
    response.writeHead(status, [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
      ...headers.flat(),
      ...more,
    ]);
    response.end(body);
  }
}
