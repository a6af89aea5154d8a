import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The push service of an operator and that of Android in one, on loopback. Each fails the first push that it gets, and takes
 * all others.
 */
export class PushServices {
  /** The key of the service account, and the access token that it gets. */
  readonly accountKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
  readonly accessToken = `ya29.${randomBytes(60).toString('base64url')}`;
  /** What devices were sent by the service of the operator, in order, with the signature of each. */
  readonly got: {
    readonly type: string;
    readonly push: Readonly<Record<string, string>>;
    readonly signature: string;
  }[] = [];
  /** Pushes to Android that were taken. */
  taken = 0;
  url = '';
  readonly #server: Server;
  readonly #failed = new Set<string>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<PushServices> {
    const services = new PushServices();
    await new Promise<void>((resolve) => services.#server.listen(0, '127.0.0.1', resolve));
    services.url = `http://127.0.0.1:${(services.#server.address() as AddressInfo).port}`;
    return services;
  }

  /** The file that Android's service gives its customers. */
  get account(): string {
    return JSON.stringify({
      project_id: 'project-1',
      client_email: 'calls@project-1.example',
      private_key: this.accountKey,
      token_uri: `${this.url}/token`,
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const path = request.url ?? '';
    const say = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path === '/token') {
      say(200, { access_token: this.accessToken, expires_in: 3600 });
      return;
    }
    if (!this.#failed.has(path)) {
      this.#failed.add(path);
      // It repeats what it was told, as services do.
      say(503, { error: { status: 'UNAVAILABLE', message: text, authorization: request.headers.authorization } });
      return;
    }
    if (path === '/own') {
      const { type, push } = JSON.parse(text);
      this.got.push({ type, push, signature: String(request.headers['webhook-signature']) });
    } else this.taken += 1;
    say(200, {});
  }
}
