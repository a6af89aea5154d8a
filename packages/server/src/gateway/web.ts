import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import type { Exchange } from './exchange.ts';
import type { ListenDoor } from './listen.ts';
import type { GatewayLog } from './options.ts';
import { addPushAnswers, isPushAnswer, type PushAnswerer, refuseMethod } from './push-answers.ts';
import { pathOf } from './url.ts';

/** What the paths beside the API need. */
export interface WebOptions {
  readonly log: GatewayLog;
  readonly ready: () => boolean;
  readonly concerns: (() => readonly { readonly text: string }[]) | undefined;
  readonly metricsText: () => Promise<string> | string;
  /** Undefined or empty: no metrics here. */
  readonly metricsToken: string | undefined;
  readonly listen: ListenDoor;
  /** Absent: there is no such path. */
  readonly pushAnswers: PushAnswerer | undefined;
  /** Answers a path that is nobody's by the table of the API. */
  readonly notFound: (exchange: Exchange) => void;
}

/**
 * The paths beside the API, which use ordinary HTTP statuses. They are served by fastify, which is given each request by
 * the gateway and owns no port; none of its own error bodies ever leaves.
 */
export class Web {
  readonly #app: FastifyInstance;

  private constructor(app: FastifyInstance) {
    this.#app = app;
  }

  static async open(options: WebOptions): Promise<Web> {
    const { log, ready, concerns, notFound, metricsText, metricsToken, listen, pushAnswers } = options;
    const app = fastify({
      logger: false,
      // Fastify wants a server of its own; this one never listens.
      serverFactory: () => createServer(),
      frameworkErrors: (_error, request, reply) => {
        reply.hijack();
        notFound(request.raw as Exchange);
      },
    });
    const readOnly = new Set(['/healthz', '/readyz', '/signalling', '/listen']);
    // Before fastify reads the body: what is nobody's must not fail for its body first.
    app.addHook('onRequest', async (request, reply) => {
      if (!request.is404) return;
      const path = pathOf((request.raw as Exchange).target);
      if (readOnly.has(path) && request.method !== 'GET' && request.method !== 'HEAD') {
        return reply.code(405).header('Allow', 'GET, HEAD').send({ error: 'this address is for GET' });
      }
      if (pushAnswers !== undefined && request.method !== 'POST' && isPushAnswer(path))
        return refuseMethod(request, reply);
      if (path === metricsPath) return reply.code(404).send({ error: 'no metrics here' });
      reply.hijack();
      notFound(request.raw as Exchange);
    });
    app.setErrorHandler((err, request, reply) => {
      // The rest of the request was broken, and the gateway has said so meanwhile.
      if ((request.raw as Exchange).answered) return reply.hijack();
      log.error({ err, path: request.routeOptions.url }, 'failed');
      return reply.code(500).send({ error: 'internal' });
    });
    app.get('/healthz', async () => ({ status: 'ok' }));
    app.get('/readyz', async (_request, reply) => {
      const found = concerns?.().map(({ text }) => text) ?? [];
      const said = found.length === 0 ? {} : { concerns: found };
      if (ready()) return { status: 'ready', ...said };
      return reply.code(503).send({ status: 'not ready', ...said });
    });
    app.get('/listen', (request, reply) => {
      reply.hijack();
      listen.handle(request.raw as Exchange, reply.raw);
    });
    app.get('/signalling', async (_request, reply) =>
      reply.code(426).header('Upgrade', 'websocket').send({ error: 'this address is for WebSockets' }),
    );
    if (metricsToken !== undefined && metricsToken !== '') {
      const expected = digest(`Bearer ${metricsToken}`);
      readOnly.add(metricsPath);
      app.get(metricsPath, async (request, reply) => {
        if (!timingSafeEqual(expected, digest(request.headers.authorization ?? ''))) {
          return reply.code(401).header('WWW-Authenticate', 'Bearer').send({ error: 'this needs the metrics token' });
        }
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metricsText());
      });
    }
    if (pushAnswers !== undefined) addPushAnswers(app, pushAnswers);
    await app.ready();
    return new Web(app);
  }

  handle(exchange: Exchange, response: ServerResponse): void {
    this.#app.routing(exchange, response);
  }

  async close(): Promise<void> {
    await this.#app.close();
  }
}

const metricsPath = '/metrics';

/** Digests have one length, so that comparing them tells nothing about the token's. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
