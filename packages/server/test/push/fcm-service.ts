import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: messages are judged by the tests, member by member.
type Json = any;

/** What FCM answers to one message. */
export interface FcmReply {
  readonly status: number;
  readonly body: object;
  readonly retryAfter?: string;
}

/** An error as FCM HTTP v1 says it. */
export const fcmError = (status: number, word: string, errorCode?: string): FcmReply => ({
  status,
  body: {
    error: {
      code: status,
      message: 'made up',
      status: word,
      ...(errorCode && {
        details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
      }),
    },
  },
});

/**
 * A server that speaks what is documented of FCM HTTP v1 and of Google's OAuth 2.0 for service accounts, and refuses what
 * does not fit: method, path, headers, the JWT and its signature, the access token, the form of the message.
 */
export class FcmService {
  readonly account = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly key = this.account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  readonly email = 'ringback@project-1.iam.gserviceaccount.com';
  /** What was sent, each message that fits. */
  readonly messages: Json[] = [];
  /** Access tokens that were handed out. */
  issued = 0;
  /** Messages that an answer was found for. */
  judged = 0;
  /** s since 1970, for the JWT. */
  now = () => 1_780_000_000;
  reply: FcmReply = { status: 200, body: { name: 'projects/project-1/messages/1' } };
  tokenReply: FcmReply | undefined;
  /** Answers to messages go out when it resolves; what they are is said before. */
  held: Promise<void> | undefined;
  #good = '';
  readonly #server: Server;
  url = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', async () => {
        const { status, body, retryAfter } = this.#answer(
          request.method ?? '',
          request.url ?? '',
          request.headers,
          text,
        );
        if (request.url !== '/token') {
          this.judged += 1;
          await this.held;
        }
        response.writeHead(status, {
          'content-type': 'application/json',
          ...(retryAfter && { 'retry-after': retryAfter }),
        });
        response.end(JSON.stringify(body));
      });
    });
  }

  static async open(): Promise<FcmService> {
    const service = new FcmService();
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    service.url = `http://127.0.0.1:${(service.#server.address() as AddressInfo).port}`;
    return service;
  }

  /** Access tokens that were handed out so far are void. */
  revoke(): void {
    this.#good = '';
  }

  close(): Promise<unknown> {
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(method: string, path: string, headers: Record<string, unknown>, text: string): FcmReply {
    if (method !== 'POST') return { status: 405, body: {} };
    if (path === '/token') return this.#token(headers, text);
    if (path !== '/v1/projects/project-1/messages:send') return fcmError(404, 'NOT_FOUND');
    if (headers.authorization !== `Bearer ${this.#good}` || this.#good === '') return fcmError(401, 'UNAUTHENTICATED');
    if (headers['content-type'] !== 'application/json') return fcmError(400, 'INVALID_ARGUMENT');
    const { message, ...more } = JSON.parse(text) as Json;
    const data = Object.values(message?.data ?? {});
    const fits =
      Object.keys(more).length === 0 &&
      typeof message.token === 'string' &&
      data.length > 0 &&
      data.every((value) => typeof value === 'string') &&
      ['HIGH', 'NORMAL'].includes(message.android?.priority) &&
      /^\d+s$/.test(message.android?.ttl) &&
      typeof message.android?.collapse_key === 'string' &&
      Buffer.byteLength(JSON.stringify(message.data)) <= 4096;
    if (!fits) return fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT');
    this.messages.push(message);
    return this.reply;
  }

  #token(headers: Record<string, unknown>, text: string): FcmReply {
    if (this.tokenReply !== undefined) return this.tokenReply;
    const invalid: FcmReply = { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT' } };
    const form = new URLSearchParams(text);
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return invalid;
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return invalid;
    const [head = '', body = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const { alg, typ } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const { iss, scope, aud, iat, exp } = JSON.parse(Buffer.from(body, 'base64url').toString());
    const fits =
      alg === 'RS256' &&
      typ === 'JWT' &&
      iss === this.email &&
      scope === 'https://www.googleapis.com/auth/firebase.messaging' &&
      aud === `${this.url}/token` &&
      Math.abs(iat - this.now()) < 300 &&
      exp > iat &&
      exp - iat <= 3600;
    const key = createPublicKey(this.account.publicKey.export({ type: 'spki', format: 'pem' }));
    const signed = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
    if (!fits || !signed) return invalid;
    this.issued += 1;
    this.#good = `ya29.made-up-${this.issued}`;
    return { status: 200, body: { access_token: this.#good, expires_in: 3599, token_type: 'Bearer' } };
  }
}
