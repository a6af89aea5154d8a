import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorRow, Refusal } from 'ringback-protocol';
import type { Exchange } from './exchange.ts';

/** Answers a call with the token of a push. Rejects with a `Refusal`. */
export interface PushAnswerer {
  answer(action: 'accept' | 'reject' | 'ignore', token: string, clientIp: string): Promise<void>;
}

/** Bytes of a request. */
const bodyLimit = 8192;

/** Whether a path is one of those below, with or without a slash at the end. */
export const isPushAnswer = (path: string): boolean => /^\/push\/[^/]+\/?$/.test(path);

/** Whoever has the token may answer, whatever page it runs on; no cookie is looked at. */
const open = (reply: FastifyReply): FastifyReply =>
  reply.header('Access-Control-Allow-Origin', '*').header('Cache-Control', 'no-store');

/** Answers any other method than POST: a browser that asks beforehand, and who is mistaken. */
export function refuseMethod(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.method === 'OPTIONS') {
    return open(reply)
      .header('Access-Control-Allow-Methods', 'POST')
      .header('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Requested-With')
      .code(204)
      .send();
  }
  return open(reply)
    .code(405)
    .header('Allow', 'POST, OPTIONS')
    .send({ error: 'method_not_allowed', detail: 'This address is for POST.' });
}

/** The statuses of refusals; any other is 409: the call is not as the caller thinks. */
const statuses: Readonly<Partial<Record<string, number>>> = {
  bad_params: 400,
  usersig_illegal: 401,
  app_disabled: 403,
  no_such_call: 410,
  call_ended: 410,
  not_waiting: 410,
  not_in_call: 410,
  too_fast: 429,
  internal: 500,
};

/** `POST /push/accept`, `/push/reject`, `/push/ignore`: with the token of a push, from anywhere, without a sign-in. */
export function addPushAnswers(app: FastifyInstance, answers: PushAnswerer): void {
  app.register(async (scope) => {
    // Apps that are hardly running send what is easiest: any type will do, and no body where the token is in the header.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => {
      try {
        done(null, body.length === 0 ? {} : JSON.parse(body as string));
      } catch {
        done(new Refusal('bad_params', 'The body must be JSON: {"token":"…"}.'));
      }
    });
    scope.addHook('onRequest', async (_request, reply) => {
      open(reply);
    });
    const handOn = app.errorHandler;
    scope.setErrorHandler((error: unknown, request, reply) => {
      if (error instanceof Refusal) {
        const { reason, detail } = error;
        if (reason === 'too_fast') reply.header('Retry-After', '10');
        return reply.code(statuses[reason] ?? 409).send({ error: reason, detail: detail ?? errorRow(reason).text });
      }
      const { statusCode = 500 } = error as { readonly statusCode?: number };
      if (statusCode < 400 || statusCode >= 500) return handOn(error as Error, request, reply);
      if (statusCode === 413) {
        return reply.code(413).send({ error: 'bad_params', detail: `The body is longer than ${bodyLimit} bytes.` });
      }
      return reply.code(400).send({ error: 'bad_params', detail: 'The body must be JSON: {"token":"…"}.' });
    });
    const answer = async (request: FastifyRequest<{ Params: { action: string } }>, reply: FastifyReply) => {
      const { action } = request.params;
      if (action !== 'accept' && action !== 'reject' && action !== 'ignore') {
        return reply.code(404).send({ error: 'not_found', detail: 'There is accept, reject and ignore.' });
      }
      const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      const token = bearer ?? (request.body as { readonly token?: unknown } | null | undefined)?.token;
      if (typeof token !== 'string' || token === '') {
        throw new Refusal('bad_params', 'The token of the push is missing: {"token":"…"}, or Authorization: Bearer.');
      }
      await answers.answer(action, token, (request.raw as Exchange).clientIp);
      return { ok: true };
    };
    for (const path of ['/push/:action', '/push/:action/']) scope.post(path, answer);
  });
}
