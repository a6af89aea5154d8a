import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import tlsSig from 'tls-sig-api-v2';
import type { Ringback } from './ringback.ts';

export interface Answer {
  readonly ActionStatus: string;
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
  readonly RequestId: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member.
  readonly Response?: any;
}

/** A caller of the REST API as customers write it: HTTPS, and URLs signed by the published package. */
export class RestCaller {
  readonly #ringback: Pick<Ringback, 'https' | 'data' | 'sdkAppId' | 'key'>;
  readonly #agent: Agent;

  constructor(ringback: Pick<Ringback, 'https' | 'data' | 'sdkAppId' | 'key'>) {
    this.#ringback = ringback;
    const certificate = readdirSync(ringback.data, { recursive: true, encoding: 'utf8' }).find((name) =>
      /cert[^/]*\.(pem|crt)$/.test(name),
    );
    if (certificate === undefined) throw new Error('The development certificate is not in the data directory.');
    this.#agent = new Agent({ ca: readFileSync(join(ringback.data, certificate)), keepAlive: true });
  }

  /** The signed path of a command; `/v1/…` for one of the legacy API. */
  path(command: string, identifier = 'administrator'): string {
    const { sdkAppId, key } = this.#ringback;
    const usersig = new tlsSig.Api(sdkAppId, key).genUserSig(identifier, 86_400);
    const random = Math.floor(Math.random() * 2 ** 32);
    const path = command.startsWith('/') ? command : `/v4/${command}`;
    return `${path}?sdkappid=${sdkAppId}&identifier=${identifier}&usersig=${usersig}&random=${random}&contenttype=json`;
  }

  /** Sends a command over HTTPS, checking the certificate; any HTTP status but 200 is an error. */
  async send(command: string, body: unknown): Promise<Answer> {
    const { hostname, port } = new URL(this.#ringback.https);
    const options = { hostname, port, path: this.path(command), method: 'POST', agent: this.#agent };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}: ${text}`));
          else resolve(JSON.parse(text));
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
