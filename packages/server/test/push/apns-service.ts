import { generateKeyPairSync, verify } from 'node:crypto';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: messages are judged by the tests, member by member.
type Json = any;

/**
 * A server that speaks what is documented of APNs with provider tokens, over HTTP/2, and refuses what does not fit: method,
 * path, the JWT and its signature and age, topic, push type, priority, size.
 */
export class ApnsService {
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly key = this.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  readonly got: { readonly headers: IncomingHttpHeaders; readonly token: string; readonly body: Json }[] = [];
  /** Provider tokens that were seen. */
  readonly bearers = new Set<string>();
  connections = 0;
  /** Requests that an answer was found for. */
  judged = 0;
  /** s since 1970. */
  now = () => 1_780_000_000;
  /** Answers instead of 200. */
  reply: { readonly status: number; readonly reason: string; readonly retryAfter?: string } | 'silence' | undefined;
  /** ms; since when tokens that it calls void are so, which APNs says with 410 alone. Undefined: it does not say. */
  voidSince: number | undefined = 1_780_000_000_000;
  /** Answers go out when it resolves; what they are is said before. */
  held: Promise<void> | undefined;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  url = '';

  private constructor() {
    this.#server = createServer();
    this.#server.on('session', (session) => {
      this.connections += 1;
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream, headers) => {
      let text = '';
      stream.setEncoding('utf8');
      stream.on('error', () => {});
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => this.#answer(stream, headers, text));
    });
  }

  static async open(): Promise<ApnsService> {
    const service = new ApnsService();
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    service.url = `http://127.0.0.1:${(service.#server.address() as AddressInfo).port}`;
    return service;
  }

  /** As APNs does before it takes a machine out of service. */
  goAway(): void {
    for (const session of this.#sessions) session.close();
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, text: string): Promise<void> {
    const [status, reason] = this.#judge(headers, text);
    if (status === 0) return;
    const { reply, held } = this;
    this.judged += 1;
    await held;
    const after =
      typeof reply === 'object' && reply.retryAfter !== undefined ? { 'retry-after': reply.retryAfter } : {};
    stream.respond({ ':status': status, 'apns-id': '1', ...after });
    const since = status === 410 && this.voidSince !== undefined ? { timestamp: this.voidSince } : {};
    stream.end(reason === '' ? '' : JSON.stringify({ reason, ...since }));
  }

  /** Status and reason; 0 for silence. */
  #judge(headers: IncomingHttpHeaders, text: string): readonly [status: number, reason: string] {
    if (headers[':method'] !== 'POST') return [405, 'MethodNotAllowed'];
    const token = /^\/3\/device\/([0-9a-f]{64,200})$/i.exec(String(headers[':path']))?.[1];
    if (token === undefined) return [404, 'BadPath'];
    const problem = this.#problemOf(String(headers.authorization ?? ''));
    if (problem !== undefined) return [403, problem];
    const type = headers['apns-push-type'];
    const topic = type === 'voip' ? 'com.example.app.voip' : 'com.example.app';
    if (headers['apns-topic'] !== topic) return [400, 'BadTopic'];
    if (type !== 'voip' && type !== 'alert') return [400, 'InvalidPushType'];
    if (headers['apns-priority'] !== '10') return [400, 'BadPriority'];
    if (!/^\d+$/.test(String(headers['apns-expiration']))) return [400, 'BadExpirationDate'];
    if (String(headers['apns-collapse-id'] ?? '').length > 64) return [400, 'BadCollapseId'];
    if (Buffer.byteLength(text) > (type === 'voip' ? 5120 : 4096)) return [413, 'PayloadTooLarge'];
    this.got.push({ headers, token, body: JSON.parse(text) });
    if (this.reply === 'silence') return [0, ''];
    return this.reply === undefined ? [200, ''] : [this.reply.status, this.reply.reason];
  }

  #problemOf(authorization: string): string | undefined {
    const jwt = /^bearer (\S+)$/i.exec(authorization)?.[1];
    if (jwt === undefined) return 'MissingProviderToken';
    this.bearers.add(jwt);
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const { alg, kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const { iss, iat } = JSON.parse(Buffer.from(body, 'base64url').toString());
    const key = { key: this.keys.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const signed = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
    if (!signed || alg !== 'ES256' || kid !== 'KEY1234567' || iss !== 'TEAM123456') return 'InvalidProviderToken';
    return Math.abs(this.now() - iat) > 3600 ? 'ExpiredProviderToken' : undefined;
  }
}
