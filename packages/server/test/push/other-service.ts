import { PushService, type PushServiceOptions } from '../../src/push/push-service.ts';
import { openSenders } from '../../src/push/senders.ts';
import type { Store } from '../../src/stores/store.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';

/** A push service beside that of a scene, or after it, on a store that it has as well; `failed` hears what it tells its operator. */
export function otherService(
  { clock, presence }: Pick<PushServiceOptions, 'clock' | 'presence'>,
  store: Pick<Store, 'pushProviders' | 'pushTokens' | 'pushRings' | 'pushLog' | 'apps' | 'calls'>,
  failed: (error: Error) => void,
  change: (all: PushServiceOptions) => Partial<PushServiceOptions> = () => ({}),
) {
  const room = openSenders({ guard: new AddressGuard(['127.0.0.0/8']), clock });
  const options: PushServiceOptions = {
    providers: store.pushProviders,
    tokens: store.pushTokens,
    rings: store.pushRings,
    log: store.pushLog,
    senders: room.senders,
    apps: store.apps,
    store: store.calls,
    presence,
    clock,
    observer: { pushed: () => {}, failed: (error) => failed(error as Error) },
    publicUrl: '',
  };
  const service = new PushService({ ...options, ...change(options) });
  const close = async (): Promise<void> => {
    await service.close();
    await room.close();
  };
  return { service, close };
}
