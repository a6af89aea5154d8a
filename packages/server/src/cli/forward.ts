import { sdkAppId } from 'ringback-protocol';
import { standardFormat } from '../webhooks/events/format.ts';
import { AddressGuard } from '../webhooks/guard.ts';
import type { HeardEvent } from '../webhooks/listeners.ts';
import { Sender } from '../webhooks/sender.ts';
import { signedHeaders } from '../webhooks/sign.ts';
import { targetOf } from '../webhooks/url.ts';

/** ms; a developer may be stopped at a breakpoint. */
const patience = 60_000;

/** Posts events to a server of this computer, those of a call one after the other, as real deliveries look. */
export class Forwarder {
  readonly #options: {
    readonly url: string;
    readonly app: number;
    readonly secret: string;
    readonly said: (line: string) => void;
  };
  // The developer's own network is the very place where this is meant to go.
  readonly #sender = new Sender({ guard: new AddressGuard(['0.0.0.0/0', '::/0']), timeout: patience });
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(options: {
    readonly url: string;
    readonly app: number;
    /** Empty: what is forwarded is not signed. */
    readonly secret: string;
    readonly said: (line: string) => void;
  }) {
    this.#options = options;
  }

  add(event: HeardEvent): void {
    const lane = event.id.slice(0, 36);
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const now = before.then(() => this.#post(event));
    this.#lanes.set(lane, now);
    void now.then(() => {
      if (this.#lanes.get(lane) === now) this.#lanes.delete(lane);
    });
  }

  async close(): Promise<void> {
    await this.#sender.close();
    await Promise.all(this.#lanes.values());
  }

  async #post({ id, command, clientIp, platform, body }: HeardEvent): Promise<void> {
    const { url, app, secret, said } = this.#options;
    const query = standardFormat.query(sdkAppId(app), { command, clientIp, platform });
    const seconds = Math.floor(Date.now() / 1000);
    const headers = signedHeaders(id, seconds, body, secret === '' ? [] : [secret]);
    const { origin, path } = targetOf(url);
    const { status, took, error } = await this.#sender.send({ origin, path: path + query, headers, body });
    said(`  → ${status === 0 ? error : `HTTP ${status}`} in ${took} ms  ${id}`);
  }
}
