import { deviceId, userId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import { Directory } from '../../src/signalling/directory.ts';
import { appA } from '../stores/support/fake-calls.ts';

it('each device of a user waits until the bus hears the other nodes for that user, and none afterwards', async () => {
  let heard = (): void => {};
  const followed: string[] = [];
  const directory = new Directory({
    follow: (_, user) => {
      followed.push(user);
      return new Promise((resolve) => {
        heard = resolve;
      });
    },
    leave: () => {},
  });
  const session = { since: 0, deliver: () => {}, disconnect: () => {} };
  const add = (device: string) =>
    directory.add({ sdkAppId: appA, userId: userId('ann'), device: deviceId(device), platform: 'Web' }, session);
  const [first, second] = [add('phone'), add('tablet')];
  expect(first).toBeInstanceOf(Promise);
  expect(second).toBe(first);
  heard();
  await first;
  await Promise.resolve();
  expect(add('laptop')).toBeUndefined();
  expect(followed).toEqual(['ann']);
});
