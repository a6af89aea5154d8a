import { deviceId, requestId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coursesOf, courseTimes } from '../../src/admin/quality-course.ts';
import type { Cause } from '../../src/calls/requests.ts';
import { type AdminScene, adminScene, refused } from '../support/admin-scene.ts';
import { parsed } from '../support/cli.ts';

const cause: Cause = {
  cause: 'device',
  actor: userId('anna'),
  device: deviceId('phone'),
  requestId: requestId('r1'),
  origin: { clientIp: '127.0.0.1', platform: 'Web' },
};

const sample = { userId: 'bob', rtt: 20, loss: 0, jitter: 2, width: 640, height: 480, freezes: 1, fps: 20 };

describe('the quality of a call', () => {
  let scene: AdminScene;

  beforeEach(async () => {
    scene = await adminScene();
  });

  afterEach(() => scene.close());

  /** A call that is over, with two reports of anna. */
  async function call(): Promise<string> {
    const { id } = (await scene.ask('app.create', {})) as { readonly id: number };
    const app = scene.store.apps.get(id);
    if (app === undefined) throw new Error('There is no application.');
    for (const name of ['anna', 'bob']) await scene.store.accounts.ensure(app.sdkAppId, userId(name));
    const request = {
      caller: userId('anna'),
      robot: false,
      device: deviceId('phone'),
      callees: [userId('bob')],
      mediaType: 'Video',
      chatGroupId: '',
      roomId: '',
      roomIdType: 0,
      userData: '',
      timeout: 30_000,
    } as const;
    const { callId } = await scene.calls.start(app, request, cause);
    const live = await scene.calls.get(app, callId);
    scene.store.quality.add(live, { at: 1, viewer: userId('anna'), samples: [sample] });
    scene.store.quality.add(live, { at: 2, viewer: userId('anna'), samples: [{ ...sample, loss: 0.2, rtt: 40 }] });
    scene.store.quality.add(live, { at: 2, viewer: userId('bob'), samples: [{ ...sample, userId: 'anna', width: 0 }] });
    await scene.calls.apply(app, callId, { type: 'end' }, cause);
    // What nobody waits for goes to disk by itself.
    while (scene.store.quality.of(app.sdkAppId, live.startedAt, callId, 10).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return callId;
  }

  it('is summed up for each link, with the reports themselves, also when the call is over', async () => {
    const callId = await call();
    const quality = await scene.ask('call.quality', { callId });
    expect(quality).toMatchObject({
      callId,
      links: [
        {
          viewer: 'anna',
          userId: 'bob',
          reports: 2,
          rtt: 30,
          loss: 0.1,
          worstLoss: 0.2,
          worstRtt: 40,
          freezes: 2,
          grade: 4,
        },
        { viewer: 'bob', userId: 'anna', reports: 1, rtt: 20, loss: 0, width: 0, grade: 1 },
      ],
      reports: [
        { at: 1, viewer: 'anna', samples: [sample] },
        { at: 2, viewer: 'anna' },
        { at: 2, viewer: 'bob' },
      ],
    });
    expect(await scene.ask('call.quality', { callId, limit: 1 })).toMatchObject({
      reports: [{ at: 2, viewer: 'bob' }],
    });
  });

  it('is told over time, in as many points as are asked for, with gaps where nobody reported', async () => {
    const at = (second: number, viewer: string, more: object = {}) => ({
      at: 1_700_000_000_000 + second * 1000,
      viewer: userId(viewer),
      samples: [{ ...sample, userId: viewer === 'anna' ? 'bob' : 'anna', ...more }],
    });
    const reports = [at(0, 'anna'), at(5, 'anna', { loss: 0.1, rtt: 60 }), at(100, 'bob'), at(399, 'anna', { fps: 5 })];
    const times = courseTimes(reports, 4);
    expect(times).toEqual({ from: 1_700_000_000_000, step: 99_751, points: 4 });
    expect(coursesOf(reports, times)).toEqual([
      {
        viewer: 'anna',
        userId: 'bob',
        grade: [3, null, null, 1],
        loss: [0.05, null, null, 0],
        rtt: [40, null, null, 20],
        jitter: [2, null, null, 2],
        fps: [20, null, null, 5],
      },
      expect.objectContaining({ viewer: 'bob', grade: [null, 1, null, null], rtt: [null, 20, null, null] }),
    ]);
    // A short call has fewer points, as far apart as reports are.
    expect(courseTimes(reports.slice(0, 2), 60)).toMatchObject({ step: 6000, points: 1 });
    expect(coursesOf([], courseTimes([], 60))).toEqual([]);

    const callId = await call();
    expect(await scene.ask('call.quality', { callId, points: 60 })).toMatchObject({
      reports: [],
      links: [{ viewer: 'anna' }, { viewer: 'bob' }],
      course: {
        from: 1,
        points: 1,
        links: [
          { viewer: 'anna', userId: 'bob', grade: [4], loss: [0.1], rtt: [30] },
          { viewer: 'bob', userId: 'anna', grade: [1] },
        ],
      },
    });
    expect(await refused(scene.ask('call.quality', { callId, points: 201 }))).toMatch(/points/);
  });

  it('is refused for a call that is not there, in this application or at all', async () => {
    const callId = await call();
    const other = '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31';
    expect(await refused(scene.ask('call.quality', { callId: other }))).toMatch(/^no_such_call: There is no call 0d5e/);
    expect(await refused(scene.ask('call.quality', { callId: 'nonsense' }))).toMatch(/^no_such_call/);
    const { id } = (await scene.ask('app.create', {})) as { readonly id: number };
    expect(await refused(scene.ask('call.quality', { callId, app: id }))).toMatch(/^no_such_call/);
  });

  it('goes with the history of its call', async () => {
    const callId = await call();
    const { startedAt } = (await scene.ask('call.quality', { callId })) as { readonly startedAt: number };
    expect(await scene.store.quality.prune(startedAt, 10)).toBe(0);
    expect(await scene.store.quality.prune(startedAt + 1, 2)).toBe(2);
    expect(await scene.store.quality.prune(startedAt + 1, 2)).toBe(1);
    expect(await scene.ask('call.quality', { callId })).toMatchObject({ links: [], reports: [] });
  });

  it('is shown by the command line as a table, or as JSON', async () => {
    const callId = await call();
    const { code, out } = await parsed(['call', 'quality', callId, '--data', scene.data]);
    expect(code).toBe(0);
    expect(out).toMatch(/^RECEIVER +OF +NETWORK +RTT +LOSS \(WORST\)/);
    expect(out).toMatch(/^anna +bob +bad +30 ms +10\.0 % \(20\.0 %\) +2 ms +640x480 +20 +2 +2$/m);
    expect(out).toMatch(/^bob +anna +excellent +20 ms +0\.0 % \(0\.0 %\) +2 ms +- +20 +1 +1$/m);
    const json = await parsed(['call', 'quality', callId, '--json', '--data', scene.data]);
    expect(JSON.parse(json.out)).toMatchObject({ callId, reports: { length: 3 } });
    const none = await parsed(['call', 'quality', 'nonsense', '--data', scene.data]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no call nonsense')]);
  });
});
