import type { DeviceToken, PushConfig, PushMessage, PushOutcome, PushProviders, PushSender } from '../ports/push.ts';
import { Lanes } from './lanes.ts';

/**
 * Pushes of one provider to one place under way at once, and those that wait for their turn. Devices choose the places that
 * web-push goes to, so those with a lane of their own are bounded, too.
 */
const bounds = { most: 32, longest: 10_000, widest: 64 } as const;

/** What a delivery goes by. */
export interface DeliveryOptions {
  readonly providers: Pick<PushProviders, 'get'>;
  readonly senders: readonly PushSender[];
  /** Hears of each attempt. Must not throw and must be quick. */
  readonly pushed: (kind: string, what: PushMessage['kind'], outcome: PushOutcome['outcome']) => void;
  /** Hears of what a sender throws, which is a defect of it. Must not throw and must be quick. */
  readonly failed: (error: unknown) => void;
}

/** A push on its way. */
interface Sending {
  readonly sender: PushSender;
  readonly config: PushConfig;
  readonly token: DeviceToken;
  readonly message: PushMessage;
  readonly wanted: (waited: boolean) => Promise<boolean>;
}

/** Hands a push to what sends it, by the provider of its token; each provider, and each place that it sends to, has bounds of its own. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #senders: ReadonlyMap<string, PushSender>;
  readonly #lanes = new Lanes(bounds);
  #attempted = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#senders = new Map(options.senders.map((sender) => [sender.kind, sender]));
  }

  /** Pushes that were tried so far. */
  get attempted(): number {
    return this.#attempted;
  }

  /**
   * One attempt. Never rejects. `wanted` is asked when its turn has come, and hears whether it had to wait for that: where it
   * says no, nothing is sent.
   */
  async attempt(
    token: DeviceToken,
    message: PushMessage,
    wanted: (waited: boolean) => Promise<boolean> = async () => true,
  ): Promise<PushOutcome> {
    const { providers, pushed } = this.#options;
    const config = providers.get(token.app, token.provider);
    const sender = config && this.#senders.get(config.setup.kind);
    if (config === undefined || sender === undefined) {
      const text = `The application has no push provider ${token.provider} any more.`;
      return { outcome: 'failed', status: 0, fault: 'noProvider', text };
    }
    const sent = await this.#send({ sender, config, token, message, wanted });
    if (sent === 'unwanted') {
      return {
        outcome: 'failed',
        status: 0,
        unsent: true,
        fault: 'over',
        text: 'The ring was over before its turn came.',
      };
    }
    const text = 'Too many pushes of this provider to this service wait already.';
    const outcome: PushOutcome = sent ?? { outcome: 'retry', status: 0, unsent: true, fault: 'full', text };
    this.#attempted += 1;
    pushed(config.setup.kind, message.kind, outcome.outcome);
    return outcome;
  }

  /** In its turn. Undefined when too much waits already. */
  async #send({ sender, config, token, message, wanted }: Sending): Promise<PushOutcome | 'unwanted' | undefined> {
    try {
      // A place that answers slowly holds up nothing that goes elsewhere.
      return await this.#lanes.run(
        `${token.app}/${token.provider}`,
        sender.placeOf?.(token.token) ?? '',
        async (waited) => ((await wanted(waited)) ? sender.send(config, token, message) : 'unwanted'),
      );
    } catch (error) {
      this.#options.failed(error);
      // Nobody knows how far it got, so it is tried again as where no answer came: rather twice than never.
      return { outcome: 'retry', status: 0, fault: 'ownError', text: 'The server failed; its log says how.' };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }
}
