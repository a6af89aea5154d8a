import { type QualitySample, userId } from 'ringback-protocol';
import { expect, test, vi } from 'vitest';
import { testApp } from '../support/test-app.ts';
import { eachStore } from './support/each-store.ts';
import { appA, idOf, noon, startWrite } from './support/fake-calls.ts';

const sample = { peer: userId('bob') } as unknown as QualitySample;

eachStore('reports of the quality of calls', (scene) => {
  const { call } = startWrite({ callId: idOf(1) });
  const report = (n: number) => ({ at: noon + n, viewer: userId('alice'), samples: [sample] });
  const of = async (limit: number) => scene.store.quality.of(appA, call.startedAt, call.callId, limit);

  test('are kept in the order of their times, the newest of them when there are many', async () => {
    for (const n of [1, 2, 3]) scene.store.quality.add(call, report(n));
    await vi.waitFor(async () => expect(await of(10)).toEqual([report(1), report(2), report(3)]), 10_000);
    expect(await of(2)).toEqual([report(2), report(3)]);
  });

  test('that wait when the store is closed are written', async () => {
    scene.store.quality.add(call, report(1));
    await scene.reopen();
    expect(await of(10)).toEqual([report(1)]);
  });

  test('go with the age of their calls', async () => {
    await scene.store.apps.save(testApp({ sdkAppId: appA }));
    for (const n of [1, 2, 3]) scene.store.quality.add(call, report(n));
    await scene.reopen();
    expect(await scene.store.quality.prune(noon, 10)).toBe(0);
    expect(await scene.store.quality.prune(noon + 1, 2)).toBe(2);
    expect(await scene.store.quality.prune(noon + 1, 2)).toBe(1);
  });
});
