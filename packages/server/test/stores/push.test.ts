import { callId, type DeviceId, deviceId, nodeId, sdkAppId, userId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import type { DeviceToken, PushConfig, Ring } from '../../src/ports/push.ts';
import { PostgresPushRings } from '../../src/stores/postgres-push-rings.ts';
import type { SqlDatabase } from '../../src/stores/sql-database.ts';
import { saveProvider } from '../support/save-provider.ts';
import { testApp } from '../support/test-app.ts';
import { eachSharedStore, eachStore } from './support/each-store.ts';

const app = sdkAppId(1_400_000_001);
const bob = userId('bob');

const config: PushConfig = {
  app,
  name: 'own',
  setup: { kind: 'webhook', url: 'https://a.example', secrets: ['whsec_x'] },
};

const token = (change: Partial<DeviceToken> = {}): DeviceToken => ({
  app,
  userId: bob,
  device: deviceId('phone'),
  provider: 'own',
  channel: 'alert',
  token: 'token-1',
  platform: 'Android',
  updatedAt: 1,
  ...change,
});

const ring: Ring = {
  app,
  callId: callId('0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31'),
  startedAt: 1000,
  userId: bob,
  deadline: 31_000,
};

const target = { device: deviceId('phone'), provider: 'own', channel: 'alert', sure: true } as const;

eachStore('what pushes need', (scene) => {
  test('providers and tokens outlive a restart; a newer token takes the place of the one before', async () => {
    await saveProvider(scene.store.pushProviders, config);
    await scene.store.pushTokens.save(token());
    await scene.store.pushTokens.save(token({ token: 'token-2', updatedAt: 2 }));
    await scene.reopen();
    expect(scene.store.pushProviders.of(app)).toEqual([config]);
    expect(await scene.store.pushTokens.of(app, bob)).toEqual([token({ token: 'token-2', updatedAt: 2 })]);
    await scene.store.pushProviders.remove(app, 'own');
    expect(scene.store.pushProviders.of(app)).toEqual([]);
  });

  test('a token that another user registers is theirs alone, and dropping an older one leaves the newer', async () => {
    const { pushTokens } = scene.store;
    await pushTokens.save(token());
    await pushTokens.save(token({ userId: userId('carol') }));
    expect(await pushTokens.of(app, bob)).toEqual([]);
    await pushTokens.save(token({ token: 'token-2' }));
    await pushTokens.drop(token({ token: 'token-1' }));
    expect(await pushTokens.of(app, bob)).toHaveLength(1);
    expect(await pushTokens.remove(app, bob, deviceId('phone'))).toBe(1);
    expect(await pushTokens.remove(app, bob)).toBe(0);
  });

  test('tokens of no device and of no provider are none, not all', async () => {
    const { pushTokens } = scene.store;
    await pushTokens.save(token());
    await pushTokens.save(token({ device: deviceId('tablet'), token: 'token-2' }));
    expect(await pushTokens.remove(app, bob, undefined, '')).toBe(0);
    expect(await pushTokens.remove(app, bob, '' as DeviceId)).toBe(0);
    expect(await pushTokens.remove(app, bob, deviceId('tablet'), 'other')).toBe(0);
    expect(await pushTokens.remove(app, bob, undefined, 'own')).toBe(2);
  });

  test('of a user with very many devices the newest twenty are kept', async () => {
    const { pushTokens } = scene.store;
    for (let n = 1; n <= 23; n += 1) {
      await pushTokens.save(token({ device: deviceId(`phone-${n}`), token: `token-${n}`, updatedAt: n }));
    }
    const kept = await pushTokens.of(app, bob);
    expect(kept.map(({ updatedAt }) => updatedAt)).toEqual(Array.from({ length: 20 }, (_, n) => 23 - n));
  });

  test('a ring is claimed once, and whoever closes it learns where its pushes went', async () => {
    const { pushRings } = scene.store;
    expect(await pushRings.claim(ring)).toBe('ours');
    expect(await pushRings.claim(ring)).toBe('taken');
    expect(await pushRings.sent(ring, [target])).toBe(true);
    expect(await pushRings.isOpen(ring)).toBe(true);
    expect(await pushRings.close(ring)).toEqual([target]);
    expect(await pushRings.close(ring)).toBeUndefined();
    expect(await pushRings.sent(ring, [target])).toBe(false);
    await pushRings.remove(ring);
    expect(await scene.rows('SELECT * FROM push_rings')).toEqual([]);
  });

  test('for a ring that a device acknowledges none is claimed, and its end leaves nothing', async () => {
    const { pushRings } = scene.store;
    expect(await pushRings.acknowledge(ring)).toBe(true);
    expect(await pushRings.acknowledge(ring)).toBe(false);
    expect(await pushRings.claim(ring)).toBe('acknowledged');
    expect(await pushRings.close(ring)).toBeUndefined();
    await expect.poll(() => scene.rows('SELECT * FROM push_rings')).toEqual([]);
  });

  test('notes are read by call and by application, and pruned', async () => {
    const { pushLog } = scene.store;
    pushLog.add(ring, 1001, { what: 'skipped', userId: bob, why: 'off' });
    await expect.poll(() => pushLog.of(ring, 10)).toHaveLength(1);
    const note = { at: 1001, event: { what: 'skipped', userId: bob, why: 'off' } };
    expect(await pushLog.of(ring, 10)).toEqual([note]);
    expect(await pushLog.recent(app, 2000, 10)).toEqual([{ ...note, callId: ring.callId, startedAt: 1000 }]);
    expect(await pushLog.recent(app, 1000, 10)).toEqual([]);
  });
});

test('what one dead node has left is taken though what another has left cannot be', async () => {
  const [self, one, two] = [nodeId('n1'), nodeId('n2'), nodeId('n3')];
  const moved: unknown[] = [];
  const query = async (sql: string, [, dead]: readonly unknown[] = []) => {
    if (dead === one) throw new Error('no');
    if (sql.startsWith('UPDATE push_rings SET owner')) moved.push(dead);
    return { rows: [], count: 0 };
  };
  const db = { query } as unknown as SqlDatabase;
  const rings = new PostgresPushRings({ db, self, nodes: { dead: () => [one, two] } });
  await expect(rings.takeOver(() => false)).rejects.toThrow('no');
  expect(moved).toEqual([two]);
});

eachSharedStore('pushes of several nodes', (scene) => {
  test('what a node leaves that has died goes to one of the others, as it was', async () => {
    const left = scene.store;
    await left.nodes.join();
    expect(await left.pushRings.claim(ring)).toBe('ours');
    await left.pushRings.sent(ring, [target]);
    const [second, third] = [await scene.beside('n2'), await scene.beside('n3')];
    await second.nodes.join();
    await third.nodes.join();
    expect(await second.pushRings.isOpen(ring)).toBe(false);
    expect(await second.pushRings.takeOver(() => false)).toEqual([]);
    await scene.reopen();
    await expect.poll(() => second.nodes.dead().length && third.nodes.dead().length, { timeout: 20_000 }).toBeTruthy();
    const taken = (
      await Promise.all([second.pushRings.takeOver(() => false), third.pushRings.takeOver(() => false)])
    ).flat();
    expect(taken).toEqual([{ ...ring, state: 'open', targets: [target], tries: 1 }]);
  });

  test('what was taken over is still to be had when nobody got the answer, and what is in hand is not', async () => {
    const left = scene.store;
    await left.nodes.join();
    await left.pushRings.claim(ring);
    await left.pushRings.sent(ring, [target]);
    const second = await scene.beside('n2');
    await second.nodes.join();
    const own: Ring = { ...ring, userId: userId('carol') };
    await second.pushRings.claim(own);
    await scene.reopen();
    await expect.poll(() => second.nodes.dead().length, { timeout: 20_000 }).toBeTruthy();
    expect(await second.pushRings.takeOver(() => true)).toEqual([]);
    const isOwn = (one: Ring) => one.userId === own.userId;
    const taken = { ...ring, state: 'open', targets: [target], tries: 1 };
    expect(await second.pushRings.takeOver(isOwn)).toEqual([taken]);
    expect(await second.pushRings.takeOver(isOwn)).toEqual([{ ...taken, tries: 2 }]);
    expect(await second.pushRings.isOpen(ring)).toBe(true);
  });

  test('of two nodes that change a provider at once neither undoes the other, though neither has heard of it', async () => {
    const { pushProviders: one, apps } = scene.store;
    await apps.save(testApp({ sdkAppId: app }));
    const other = (await scene.beside('n2')).pushProviders;
    const changed = (change: object) => (before: PushConfig | undefined) => {
      if (before === undefined) throw new Error('gone');
      return { ...before, setup: { ...before.setup, ...change } };
    };
    await saveProvider(one, config);
    // At the same moment, and right behind.
    await Promise.all([
      one.change(app, 'own', changed({ url: 'https://b.example' })),
      other.change(app, 'own', changed({ secrets: ['whsec_y', 'whsec_x'] })),
    ]);
    const both = { ...config, setup: { kind: 'webhook', url: 'https://b.example', secrets: ['whsec_y', 'whsec_x'] } };
    expect(await one.change(app, 'own', changed({}))).toEqual(both);
    await other.remove(app, 'own');
    await expect(one.change(app, 'own', changed({ url: 'https://c.example' }))).rejects.toThrow('gone');
    expect(one.of(app)).toEqual([]);
  });

  test('what one node has just made counts at the others: a new one is refused there, and all are counted', async () => {
    const { pushProviders: one, apps } = scene.store;
    await apps.save(testApp({ sdkAppId: app }));
    const other = (await scene.beside('n2')).pushProviders;
    const asNew =
      (name: string) =>
      (before: PushConfig | undefined, all: readonly PushConfig[]): PushConfig => {
        if (before !== undefined || all.length >= 3) throw new Error(`refused: ${all.map((has) => has.name).join()}`);
        return { ...config, name };
      };
    const make = async (by: typeof one, name: string) =>
      by.change(app, name, asNew(name)).then(
        () => 'made',
        () => 'refused',
      );
    expect((await Promise.all([make(one, 'own'), make(other, 'own')])).sort()).toEqual(['made', 'refused']);
    expect([one.of(app).length, other.of(app).length]).toEqual([1, 1]);
    const more = await Promise.all(['b', 'c', 'd', 'e'].map((name, n) => make(n % 2 === 0 ? one : other, name)));
    expect(more.sort()).toEqual(['made', 'made', 'refused', 'refused']);
  });

  test('a provider that one node sets up is there at the others within a second or two', async () => {
    const other = await scene.beside('n2');
    await saveProvider(scene.store.pushProviders, config);
    await expect.poll(() => other.pushProviders.of(app), { timeout: 10_000 }).toEqual([config]);
  });
});
