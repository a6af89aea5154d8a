import { type DeviceId, deviceId, type UserId, userId } from 'ringback-protocol';
import { expect, onTestFinished, test } from 'vitest';
import { CatchUp } from '../../src/signalling/catch-up.ts';
import { Directory, type Reachable } from '../../src/signalling/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { eachSharedStore } from '../stores/support/each-store.ts';
import { alice, appA, bob, carol, idOf, startWrite } from '../stores/support/fake-calls.ts';
import { until } from './support.ts';

/** A device that is signed in here; the methods it hears. */
class Listener implements Reachable {
  readonly since = 0;
  readonly heard: string[] = [];
  deliver(frame: string): void {
    this.heard.push(JSON.parse(frame).method);
  }
  disconnect(): void {}
}

eachSharedStore('what devices are told that other nodes could not tell', (scene) => {
  test('is not kept from them by a call whose row is spoiled', async () => {
    const there = await scene.beside('n2');
    const dave = userId('dave');
    const at = scene.clock.now();
    await there.calls.commit(startWrite({ callId: idOf(1), caller: alice, callees: [bob], at }));
    await there.calls.commit(startWrite({ callId: idOf(2), caller: carol, callees: [dave], at }));
    await scene.rows('UPDATE calls SET state = ? WHERE call_id = ?', 'spoiled', idOf(1));

    const { store, clock } = scene;
    const { shared, nodes } = store as Store & { readonly shared: NonNullable<Store['shared']> };
    const directory = new Directory<Listener>({ follow: () => {}, leave: () => {} });
    const device = (user: UserId, name: DeviceId): Listener => {
      const listener = new Listener();
      directory.add({ sdkAppId: appA, userId: user, device: name } as never, listener);
      return listener;
    };
    const [bobs, daves] = [device(bob, deviceId('bob-phone')), device(dave, deviceId('dave-phone'))];
    const reported: string[] = [];
    const catchUp = new CatchUp({
      directory,
      shared,
      nodes,
      clock,
      bus: {
        isUp: true,
        publish: () => {},
        disconnect: () => {},
        follow: () => {},
        leave: () => {},
        onDeliver: () => {},
      },
      store: store.calls,
      leases: { heard: () => {}, over: () => {} },
      log: { error: (fields: { readonly call: string }) => void reported.push(fields.call) },
    });
    onTestFinished(() => catchUp.close());
    catchUp.doubted();
    await until(() => {
      clock.advance(500);
      return daves.heard.length > 0 && reported.length > 0 ? undefined : 'not told yet';
    });
    expect([bobs.heard, daves.heard, reported]).toEqual([[], ['callReceived'], [idOf(1)]]);
    await expect(store.calls.read(appA, idOf(1))).rejects.toThrow();
  });
});
