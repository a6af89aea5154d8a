import { type ErrorName, Refusal } from 'ringback-protocol';
import type { Accounts } from '../ports/accounts.ts';
import type { Clock } from '../ports/clock.ts';

const reason: ErrorName = 'account_timeout';

/** ms; how long the account store may take, shorter than a command. */
export const accountTimeout = 2000;

/**
 * The accounts with a time-out on looking them up and on changing them, shorter than that of a command: a caller then
 * learns which service was slow. What is late may be done all the same. Rejects with `Refusal('account_timeout')`. What is in
 * memory is answered at once, as before.
 */
export function withAccountDeadline(accounts: Accounts, clock: Clock, ms = accountTimeout): Accounts {
  return {
    find: (app, userIds) => {
      const found = accounts.find(app, userIds);
      return found instanceof Promise ? within(found, clock, ms) : found;
    },
    list: (...asked) => accounts.list(...asked),
    ensure: (...asked) => within(accounts.ensure(...asked), clock, ms),
    save: (...asked) => within(accounts.save(...asked), clock, ms),
    change: (...asked) => within(accounts.change(...asked), clock, ms),
    items: (app, userId) => {
      const items = accounts.items(app, userId);
      return items instanceof Promise ? within(items, clock, ms) : items;
    },
    itemsOf: (app, userIds) => {
      const items = accounts.itemsOf(app, userIds);
      return items instanceof Promise ? within(items, clock, ms) : items;
    },
    // More follows on these, which must not be left out because they took long: who is kicked or deleted is cut off.
    revoke: (...asked) => accounts.revoke(...asked),
    remove: (...asked) => accounts.remove(...asked),
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
