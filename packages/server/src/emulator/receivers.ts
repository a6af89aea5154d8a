import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { controlClient } from '../admin/control-client.ts';
import { devAppId } from '../app.ts';
import { makeWebhookSecret } from '../auth/webhook-secret.ts';
import { PushInbox } from './push-inbox.ts';
import { Receiver } from './receiver.ts';

/** The webhook endpoint that is built in. */
const endpointId = 'emulator';

/** The one of who starts the emulator. */
const yourEndpoint = 'yours';

/** The push provider that is built in. */
export const pushProvider = 'emulator';

/** Where its pushes go. */
const pushPath = '/push';

/** What an operator would run beside the server: a receiver of webhooks and a push service, on a port of loopback. */
export class Receivers {
  readonly webhooks: Receiver;
  readonly pushes: PushInbox;
  readonly #server: Server;
  #yourSecret = '';

  private constructor(now: () => number) {
    this.webhooks = new Receiver(now);
    this.pushes = new PushInbox(now);
    this.#server = createServer((request, response) => {
      const to = request.url === pushPath ? this.pushes : this.webhooks;
      to.handle(request, response).catch(() => response.destroy());
    });
  }

  /** `now` is in ms. */
  static async open(now: () => number): Promise<Receivers> {
    const receivers = new Receivers(now);
    await new Promise<void>((resolve, reject) => {
      receivers.#server.once('error', reject);
      receivers.#server.listen(0, '127.0.0.1', resolve);
    });
    return receivers;
  }

  /** The secret of the endpoint of who started the emulator; empty where there is none. */
  get yourSecret(): string {
    return this.#yourSecret;
  }

  /** Tells the server of the receiver; it fails first, as often as a script says, and there may be one of your own beside it. */
  async openEndpoints(data: string, failFirst: number, yourUrl: string | undefined): Promise<void> {
    const operator = controlClient(data);
    const add = async (id: string, url: string): Promise<string> => {
      await operator('endpoints.remove', { app: devAppId, id }).catch(() => {});
      const { secrets } = (await operator('endpoints.add', { app: devAppId, id, url })) as { secrets: string[] };
      return secrets[0] ?? '';
    };
    this.webhooks.failFirst = failFirst;
    this.webhooks.secret = await add(endpointId, `${this.#url}/`);
    if (yourUrl !== undefined) this.#yourSecret = await add(yourEndpoint, yourUrl);
  }

  /** Tells the server of the push service. */
  async openPushes(data: string): Promise<void> {
    if (this.pushes.secret !== '') return;
    this.pushes.secret = makeWebhookSecret();
    const setup = { kind: 'webhook', url: `${this.#url}${pushPath}`, secret: this.pushes.secret };
    await controlClient(data)('push.set', { app: devAppId, name: pushProvider, ...setup });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}
