import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** True where no network but loopback can be reached: browsers look at every interface there is. */
export const onlyLoopback = (): boolean =>
  Object.values(networkInterfaces()).every(
    (addresses) => addresses?.every(({ internal, address }) => internal || address === '127.0.0.1') ?? true,
  );

/** For `describe.skipIf`: PostgreSQL refuses to be root, and in a namespace of an ordinary user there is nobody else to be. */
export function noPostgres(): boolean {
  const ids = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
  if (process.getuid?.() !== 0 || ids.length > 1 || !/\s1$/.test(ids[0] ?? '')) return false;
  console.warn(
    '\n*** Browser tests over several nodes are SKIPPED: PostgreSQL does not run as root, so run them as root. ***\n',
  );
  return true;
}

/** For `describe.skipIf`: says loudly why tests do not run. */
export function notAlone(): boolean {
  if (onlyLoopback()) return false;
  console.warn(
    '\n*** Browser tests are SKIPPED: they run in a network namespace of their own (npm test -- --group media), and this ' +
      'is none, or unshare is refused here. ***\n',
  );
  return true;
}
