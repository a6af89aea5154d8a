import { nodeId } from 'ringback-protocol';
import { makeOperator, type Operator } from '../admin/operator.ts';
import { ConsoleAuth } from '../auth/console-auth.ts';
import { appDefaults } from '../config/app-defaults.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../observe/system-clock.ts';
import type { DataLock } from '../stores/data-lock.ts';
import { openStores } from '../stores/open.ts';
import { AddressGuard } from '../webhooks/guard.ts';
import { Failure, sentenceOf } from './failure.ts';

/** Opens the database under the lock; `close` closes both. Rejects with a `Failure`, the lock released. */
export async function openLocal(
  settings: Settings,
  lock: DataLock,
): Promise<{ readonly operator: Operator; readonly close: () => Promise<void> }> {
  try {
    const clock = systemClock;
    // A write that fails rejects; there is no memory here that could run ahead of the disk.
    const onFatal = (): void => {};
    const { data, database } = settings;
    const defaults = appDefaults(settings);
    const store = await openStores({
      data,
      database,
      node: nodeId('cli'),
      clock,
      onFatal,
      appDefaults: defaults,
      maxAccounts: settings['limits.accounts'],
      masterKey: settings['secrets.masterKey'],
      otherKey: settings['secrets.otherKey'],
    });
    const { apps, accounts, calls, console, endpoints, groups, pendingEvents, quality, search, mediaEvents } = store;
    const { pushProviders, pushTokens, pushLog } = store;
    const guard = new AddressGuard(settings['webhooks.allowPrivate']);
    const operator = makeOperator({
      apps,
      accounts,
      store: calls,
      groups,
      search,
      mediaEvents,
      pushProviders,
      pushTokens,
      pushLog,
      endpoints,
      pending: pendingEvents,
      quality,
      secrets: store.secrets,
      urlFlaw: (url) => guard.flaw(url),
      clock,
      console,
      auth: new ConsoleAuth({ store: console, clock }),
    });
    const close = async (): Promise<void> => {
      await store.close();
      lock.release();
    };
    return { operator, close };
  } catch (error) {
    lock.release();
    throw new Failure(sentenceOf(error));
  }
}
