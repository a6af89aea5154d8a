import type { Audience } from 'ringback-engine';
import { deviceId, sdkAppId, userId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import { LocalBus } from '../../src/cluster/local/bus.ts';

const app = sdkAppId(1);
const alice: Audience = { userId: userId('alice'), device: deviceId('d') };
const bob: Audience = { userId: userId('bob') };

it('the local bus hands each audience its frame at once, in order, with the disconnections between', () => {
  const bus = new LocalBus();
  const heard: unknown[] = [];
  bus.publish(app, [alice], 'before anybody listens');
  bus.onDeliver({
    deliver: (to, who, frame) => heard.push([to, who, frame]),
    disconnect: (...what) => heard.push(what),
  });
  bus.publish(app, [alice, bob], 'frame');
  bus.disconnect(app, bob, 4005, 'last');
  bus.disconnect(app, alice, 4004, undefined, 7);
  expect(heard).toEqual([
    [app, alice, 'frame'],
    [app, bob, 'frame'],
    [app, bob, 4005, 'last', undefined],
    [app, alice, 4004, undefined, 7],
  ]);
});
