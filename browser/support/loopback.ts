import { networkInterfaces } from 'node:os';

/** True where no network but loopback can be reached: browsers look at every interface there is. */
export const onlyLoopback = (): boolean =>
  Object.values(networkInterfaces()).every(
    (addresses) => addresses?.every(({ internal, address }) => internal || address === '127.0.0.1') ?? true,
  );

/** For `describe.skipIf`: says loudly why tests do not run. */
export function notAlone(): boolean {
  if (onlyLoopback()) return false;
  console.warn(
    '\n*** Browser tests are SKIPPED: they run in a network namespace of their own (npm test -- --group media), and this ' +
      'is none, or unshare is refused here. ***\n',
  );
  return true;
}
