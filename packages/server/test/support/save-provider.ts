import type { PushConfig, PushProviders } from '../../src/ports/push.ts';

/** Keeps a push provider, whatever was there. */
export const saveProvider = (providers: PushProviders, config: PushConfig): Promise<PushConfig> =>
  providers.change(config.app, config.name, () => config);
