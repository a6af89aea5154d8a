import { type DeviceId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { DeviceToken, PushDesk, PushProviders, PushSender, PushTokens } from '../ports/push.ts';

/** Takes device tokens in, after a look at their form, and out. */
export class TokenDesk implements PushDesk {
  readonly #options: {
    readonly providers: PushProviders;
    readonly tokens: PushTokens;
    readonly senders: readonly Pick<PushSender, 'kind' | 'problem'>[];
    readonly clock: Clock;
    readonly reading?: () => Promise<void>;
  };

  /** Before tokens are dropped, `reading` is waited for: whoever needs them still is about to read them. */
  constructor(options: {
    readonly providers: PushProviders;
    readonly tokens: PushTokens;
    readonly senders: readonly Pick<PushSender, 'kind' | 'problem'>[];
    readonly clock: Clock;
    readonly reading?: () => Promise<void>;
  }) {
    this.#options = options;
  }

  providers(app: SdkAppId) {
    return this.#options.providers.of(app).map(({ name, setup }) => ({
      name,
      kind: setup.kind,
      ...(setup.kind === 'web-push' && { publicKey: setup.publicKey }),
    }));
  }

  async register(token: Omit<DeviceToken, 'updatedAt'>): Promise<void> {
    const { providers, tokens, senders, clock } = this.#options;
    const config = providers.get(token.app, token.provider);
    if (config === undefined) {
      const known = providers.of(token.app).map(({ name }) => name);
      const there = known.length === 0 ? 'the application has none' : `there is ${known.join(', ')}`;
      throw new Refusal('bad_params', `provider must be a push provider of the application; ${there}`, 'provider');
    }
    const { kind } = config.setup;
    if (token.channel === 'voip' && kind !== 'apns' && kind !== 'webhook') {
      throw new Refusal('bad_params', `channel must be alert for a provider of the kind ${kind}`, 'channel');
    }
    const problem = senders.find((one) => one.kind === kind)?.problem(token.token);
    if (problem !== undefined) throw new Refusal('bad_params', `token ${problem}`, 'token');
    await tokens.save({ ...token, updatedAt: clock.now() });
  }

  async unregister(app: SdkAppId, userId: UserId, device?: DeviceId, provider?: string): Promise<number> {
    await this.#options.reading?.();
    return this.#options.tokens.remove(app, userId, device, provider);
  }

  tokens(app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]> {
    return this.#options.tokens.of(app, userId);
  }
}
