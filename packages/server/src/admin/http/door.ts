import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Refusal } from 'ringback-protocol';
import type { ConsoleAuth, SignedIn, Visitor } from '../../auth/console-auth.ts';
import type { Clock } from '../../ports/clock.ts';
import { begun, type ConsoleStore } from '../../ports/console.ts';
import { operations, streams } from '../index.ts';
import { type Actor, bodyLimit, type Operation } from '../operation.ts';
import type { Operator, StreamOpener } from '../operator.ts';
import { refusalBudget } from '../refusal-budget.ts';
import { CodedRefusal } from '../refusals.ts';
import type { StreamHost } from '../stream.ts';
import { clearCookie, sessionCookie, sessionSecret } from './cookie.ts';
import { bodyOf, inputOf } from './input.ts';
import { settingsOpenApi } from './openapi.ts';
import { statusOf } from './status.ts';

/** What the gateway knows of a request. */
export interface Arrival {
  /** Empty when unknown. */
  readonly clientIp: string;
  /** Whether the browser is asked for over HTTPS, so that its cookie may be for HTTPS only. */
  readonly https: boolean;
}

export interface AdminDoorOptions {
  readonly operator: Operator;
  readonly openStream: StreamOpener;
  readonly auth: ConsoleAuth;
  readonly store: ConsoleStore;
  readonly clock: Clock;
  /** Hears of errors that are nobody's fault outside. */
  readonly failed: (path: string, error: unknown) => void;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();
const nowhere: Arrival = { clientIp: '', https: false };

/**
 * The settings API, `/admin/…`: the operations of the list, and the sign-in of those who use them. Browsers are known by a
 * cookie that pages of other sites cannot send, and each change carries a token of the session beside it; programs send
 * `Authorization: Bearer`.
 */
export class AdminDoor {
  readonly #app: FastifyInstance;
  readonly #closing: AbortController;

  private constructor(app: FastifyInstance, closing: AbortController) {
    this.#app = app;
    this.#closing = closing;
  }

  static async open(options: AdminDoorOptions): Promise<AdminDoor> {
    const app = fastify({
      logger: false,
      serverFactory: () => createServer(),
      bodyLimit,
      // A HEAD of what is read piece by piece would read it all for nobody, and never end.
      exposeHeadRoutes: false,
      frameworkErrors: (_error, _request, reply) => send(reply, 400, 'bad_params', 'The address is malformed.'),
    });
    app.addHook('onSend', async (_request, reply) => {
      reply.header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    });
    // Many programs send the header with every request, also with those that have no body.
    const readJson = app.getDefaultJsonParser('error', 'error');
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else readJson(request, body as string, done);
    });
    app.setNotFoundHandler((_request, reply) => send(reply, 404, 'not_found', 'There is no such resource.'));
    app.setErrorHandler((error: unknown, request, reply) => {
      if (error instanceof Refusal) {
        if (error.cause !== undefined) options.failed(request.routeOptions.url ?? '', error.cause);
        const text = error.detail ?? statusOf(error.reason).text;
        const coded = error instanceof CodedRefusal ? { code: error.code, data: error.data } : undefined;
        return send(reply, statusOf(error.reason).status, error.reason, text, error.field, coded);
      }
      const { statusCode = 500 } = error as { readonly statusCode?: number };
      if (statusCode >= 400 && statusCode < 500) {
        const most = (request.routeOptions.bodyLimit ?? bodyLimit) / 1024;
        return send(reply, statusCode, 'bad_params', `The body must be a JSON object of at most ${most} KiB.`);
      }
      options.failed(request.routeOptions.url ?? '', error);
      return send(reply, 500, 'internal', 'Something went wrong; the log of the server says what.');
    });
    addSession(app, options);
    const closing = new AbortController();
    addStreams(app, options, closing.signal);
    for (const operation of operations as readonly unknown[] as readonly Operation[]) {
      if (operation.local === true) continue;
      const [method, path] = operation.http;
      app.route({
        method,
        url: `/admin${path}`,
        ...(operation.bodyBytes !== undefined && {
          bodyLimit: operation.bodyBytes,
          // Before the body: what a stranger sends is not kept in memory where much may be sent.
          onRequest: async (request: FastifyRequest) => visitorOf(options, request),
        }),
        handler: async (request, reply) => {
          const visitor = await visitorOf(options, request);
          if (method !== 'GET') checkToken(visitor, request);
          const actor = actorOf(options, visitor, request);
          const gone = (): boolean => request.raw.socket.destroyed;
          const answer = await options.operator(operation.name, inputOf(operation, request), actor, gone);
          return reply.send(answer ?? null);
        },
      });
    }
    app.get('/admin/openapi.json', async (_request, reply) => reply.send(settingsOpenApi()));
    await app.ready();
    return new AdminDoor(app, closing);
  }

  handle(request: IncomingMessage, response: ServerResponse, arrival: Arrival): void {
    arrivals.set(request, arrival);
    this.#app.routing(request, response);
  }

  /** Ends the streams that are open, which would keep their connections for ever. */
  endStreams(): void {
    this.#closing.abort();
  }

  async close(): Promise<void> {
    this.endStreams();
    await this.#app.close();
  }
}

/** What is read piece by piece. The receiver sets the pace: what it does not take is not made. */
function addStreams(app: FastifyInstance, options: AdminDoorOptions, closing: AbortSignal): void {
  for (const stream of streams) {
    const [method, path] = stream.http;
    app.route({
      method,
      url: `/admin${path}`,
      handler: async (request, reply) => {
        const gone = new AbortController();
        // Listened to before anything is waited for: whoever goes away meanwhile must not hold a place for ever.
        const { socket } = request.raw;
        const end = (): void => {
          socket.off('close', end);
          gone.abort();
        };
        socket.once('close', end);
        try {
          const visitor = await visitorOf(options, request);
          const actor = actorOf(options, visitor, request);
          const host: StreamHost = {
            allowed: () => options.auth.holds(visitor),
            signal: gone.signal,
            closing: () => closing.aborted,
          };
          const { headers, pieces } = await options.openStream(stream.name, inputOf(stream, request), actor, host);
          const body = Readable.from(pieces, { objectMode: false, highWaterMark: 65_536 });
          body.once('close', end);
          return reply.headers(headers).send(body);
        } catch (error) {
          end();
          throw error;
        }
      },
    });
  }
}

/** Signing in and out, and who one is. */
function addSession(app: FastifyInstance, options: AdminDoorOptions): void {
  const { auth, store, clock } = options;
  const enter = (request: FastifyRequest, reply: FastifyReply, { secret, operator, csrf }: SignedIn) => {
    reply.header('Set-Cookie', sessionCookie(secret, arrivalOf(request).https));
    return reply.send({ name: operator.name, role: operator.role, csrf });
  };
  const mayWrite = refusalBudget(clock);
  const noted = async <T>(
    request: FastifyRequest,
    who: string,
    operation: string,
    work: (proven: () => Promise<void>) => Promise<T>,
    isProven = false,
  ): Promise<T> => {
    const entry = { at: clock.now(), ip: arrivalOf(request).clientIp, operation, app: 0 as const, input: '{}' };
    // Before anything changes, as with all changes. A claim that is not proven changes nothing.
    let place: number | undefined;
    const proven = async (): Promise<void> => {
      place = await store.audit({ ...entry, who, outcome: begun });
    };
    const end = (outcome: string): Promise<void> =>
      place === undefined ? Promise.resolve() : store.auditEnd(place, outcome).catch(() => {});
    try {
      const answer = await work(proven);
      await end('ok');
      return answer;
    } catch (error) {
      const outcome = error instanceof Refusal ? error.reason : 'internal';
      if (place !== undefined) {
        await end(outcome);
        throw error;
      }
      // What was turned away unread is not written down. The name is a claim that was not proven.
      if (outcome !== 'console_wait' && mayWrite()) {
        await store.audit({ ...entry, who: isProven ? who : `?${/^[\w.@-]*/.exec(who)?.[0] ?? ''}`, outcome });
      }
      throw error;
    }
  };
  const from = (request: FastifyRequest) => ({
    ip: arrivalOf(request).clientIp,
    agent: request.headers['user-agent'] ?? '',
  });
  app.get('/admin/session', async (request, reply) => {
    const { who, role, session } = await visitorOf(options, request);
    return reply.send({ name: who, role, ...(session && { csrf: session.csrf }) });
  });
  app.post('/admin/session', async (request, reply) => {
    const { name = '', password = '' } = bodyOf(request, ['name', 'password']);
    const who = name.slice(0, 64);
    return enter(
      request,
      reply,
      await noted(request, who, 'session.signIn', (proven) =>
        auth.signIn({ name, password, ...from(request), proven }),
      ),
    );
  });
  app.delete('/admin/session', async (request, reply) => {
    const visitor = await visitorOf(options, request);
    checkToken(visitor, request);
    const out = async (proven: () => Promise<void>): Promise<void> => {
      await proven();
      await auth.signOut(visitor);
    };
    await noted(request, visitor.who, 'session.signOut', out, true);
    return reply.header('Set-Cookie', clearCookie(arrivalOf(request).https)).send({});
  });
  app.post('/admin/link', async (request, reply) => {
    // A question that changes nothing; as POST, so that the secret is in no address.
    const { link = '' } = bodyOf(request, ['link']);
    auth.countLinkTry(arrivalOf(request).clientIp);
    const found = await auth.linkFor(link);
    if (found === undefined) throw new Refusal('console_link');
    return reply.send(found);
  });
  app.post('/admin/link/use', async (request, reply) => {
    const { link = '', password = '' } = bodyOf(request, ['link', 'password']);
    auth.countLinkTry(arrivalOf(request).clientIp);
    const who = (await auth.linkFor(link))?.name ?? '';
    return enter(
      request,
      reply,
      await noted(request, who, 'session.link', (proven) => auth.redeem(link, password, { ...from(request), proven })),
    );
  });
  app.post('/admin/password', async (request, reply) => {
    const visitor = await visitorOf(options, request);
    checkToken(visitor, request);
    const { old = '', password = '' } = bodyOf(request, ['old', 'password']);
    const change = (proven: () => Promise<void>) => auth.changePassword(visitor, old, password, proven);
    await noted(request, visitor.who, 'session.password', change, true);
    return reply.send({});
  });
}

const arrivalOf = (request: FastifyRequest): Arrival => arrivals.get(request.raw) ?? nowhere;

/** Rejects with `console_session`. */
async function visitorOf({ auth }: AdminDoorOptions, request: FastifyRequest): Promise<Visitor> {
  const { authorization, cookie } = request.headers;
  const bearer = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  const secret = sessionSecret(cookie, arrivalOf(request).https);
  const sent = bearer !== undefined ? { token: bearer } : secret === undefined ? undefined : { session: secret };
  const visitor = sent && (await auth.visitor(sent));
  if (visitor === undefined) throw new Refusal('console_session');
  return visitor;
}

const actorOf = ({ auth }: AdminDoorOptions, visitor: Visitor, request: FastifyRequest): Actor => ({
  who: visitor.who,
  role: visitor.role,
  ip: arrivalOf(request).clientIp,
  roleNow: () => auth.roleNow(visitor),
});

/** A browser must prove that it was a page of ours that asked; a program has no cookie that others could use. */
function checkToken({ session }: Visitor, request: FastifyRequest): void {
  if (session !== undefined && request.headers['x-csrf-token'] !== session.csrf) throw new Refusal('console_csrf');
}

const send = (
  reply: FastifyReply,
  status: number,
  name: string,
  message: string,
  field?: string,
  coded: { readonly code: string; readonly data?: object } = { code: name },
) => reply.code(status).send({ error: { name, ...coded, message, ...(field !== undefined && { field }) } });
