import { type ErrorName, Refusal } from 'ringback-protocol';
import type { Accounts } from '../ports/accounts.ts';
import type { Clock } from '../ports/clock.ts';

const reason: ErrorName = 'account_timeout';

/** ms; how long the account store may take, shorter than a command. */
export const accountTimeout = 2000;

/**
 * The accounts with a time-out on looking them up, shorter than that of a command: a caller then learns which
 * service was slow. Rejects with `Refusal('account_timeout')`. What is in memory is answered at once, as before.
 */
export function withAccountDeadline(accounts: Accounts, clock: Clock, ms = accountTimeout): Accounts {
  return {
    find: (app, userIds) => {
      const found = accounts.find(app, userIds);
      return found instanceof Promise ? within(found, clock, ms) : found;
    },
    list: (app, asked) => accounts.list(app, asked),
    ensure: (app, userId) => within(accounts.ensure(app, userId), clock, ms),
    save: (app, userId, change) => accounts.save(app, userId, change),
    change: (app, userId, change) => accounts.change(app, userId, change),
    items: (app, userId) => {
      const items = accounts.items(app, userId);
      return items instanceof Promise ? within(items, clock, ms) : items;
    },
    revoke: (app, userId, at) => accounts.revoke(app, userId, at),
    remove: (app, userId, at) => accounts.remove(app, userId, at),
    revokedAt: (app, userId) => accounts.revokedAt(app, userId),
  };
}

async function within<T>(promise: Promise<T>, clock: Clock, ms: number): Promise<T> {
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.timer(ms, () => reject(new Refusal(reason)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}
