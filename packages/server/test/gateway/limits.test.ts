import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../src/gateway/limits.ts';
import { faultyCommands } from './faulty-commands.ts';
import { RawClient, Scene, settle } from './support.ts';

describe('a sliding window', () => {
  it('never accepts more than its limit in any window of one second, and refuses only when it must', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.oneof(fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 1500, noNaN: true })), {
          maxLength: 400,
        }),
        (limit, gaps) => {
          const window = new SlidingWindow(limit);
          const accepted: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const within = accepted.filter((at) => now - at < 1000).length;
            const free = window.free(now);
            expect(free).toBe(within < limit);
            if (!free) continue;
            window.take(now);
            accepted.push(now);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps to a limit that is lowered and uses one that is raised', () => {
    const window = new SlidingWindow(100);
    for (let i = 0; i < 100; i += 1) {
      expect(window.free(i)).toBe(true);
      window.take(i);
    }
    expect(window.free(100)).toBe(false);
    window.limit = 150;
    expect(window.free(100)).toBe(true);
    window.limit = 10;
    expect(window.free(1080)).toBe(false);
    expect(window.free(1090)).toBe(true);
  });
});

describe('the rates of an application', () => {
  const command = 'call_engine_http_srv/get_call_info';

  /** Sends as fast as it can for a while; answers the codes with the time before sending and after the answer. */
  async function hammer(scene: Scene, connections: number, ms: number) {
    const until = performance.now() + ms;
    const seen: { code: number; from: number; to: number }[] = [];
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const client = await RawClient.open(scene.port);
        while (performance.now() < until) {
          const from = performance.now();
          client.post(scene.target(command), '{"CallId":"x"}');
          const code = (await client.answer()).json().ErrorCode;
          seen.push({ code, from, to: performance.now() });
        }
        client.close();
      }),
    );
    return seen;
  }

  it('hold in every window of one second, while requests come faster', async () => {
    const scene = await Scene.open({ settings: { commandRate: 50 } });
    const seen = await hammer(scene, 4, 2500);
    await scene.close();
    const accepted = seen.filter(({ code }) => code === 101004).sort((a, b) => a.from - b.from);
    expect(seen.some(({ code }) => code === 60007)).toBe(true);
    // All that were certainly accepted within one second: sent after its beginning, answered before its end.
    for (const first of accepted) {
      const within = accepted.filter(({ from, to }) => from >= first.from && to < first.from + 1000);
      expect(within.length).toBeLessThanOrEqual(50);
    }
    // And what may be used can be used.
    expect(accepted.length).toBeGreaterThanOrEqual(100);
  }, 20_000);

  it('count only what the checks before have passed', async () => {
    const scene = await Scene.open({ settings: { commandRate: 5, appRate: 8 } });
    for (let i = 0; i < 20; i += 1) {
      expect((await scene.send(command, {}, { identifier: 'nobody' })).ErrorCode).toBe(60010);
    }
    const codes: number[] = [];
    const client = await RawClient.open(scene.port);
    for (let i = 0; i < 7; i += 1) {
      client.post(scene.target(command), '{"CallId":"x"}');
      codes.push((await client.answer()).json().ErrorCode);
    }
    // What the rate of the command has refused does not count for the application either.
    for (let i = 0; i < 5; i += 1) {
      client.post(scene.target('call_record_http_srv/get_record_by_callid'), '{"CallId":"x"}');
      codes.push((await client.answer()).json().ErrorCode);
    }
    client.close();
    await scene.close();
    expect(codes).toEqual([...Array<number>(5).fill(101004), 60007, 60007, 101050, 101050, 101050, 60011, 60011]);
  });

  it('of one application are nothing to another', async () => {
    const scene = await Scene.open({ settings: { commandRate: 1 } });
    const other = { ...scene.app, sdkAppId: (scene.app.sdkAppId + 1) as typeof scene.app.sdkAppId };
    await scene.store.apps.save(other);
    const codes: number[] = [];
    for (const app of [scene.app.sdkAppId, other.sdkAppId, scene.app.sdkAppId, other.sdkAppId]) {
      codes.push((await scene.send(command, { CallId: 'x' }, { app })).ErrorCode);
    }
    await scene.close();
    expect(codes).toEqual([101004, 101004, 60007, 60007]);
  });

  it('of requests in flight count those whose command has not answered, until it does or is late', async () => {
    const scene = await Scene.open({ commands: faultyCommands });
    await scene.change({ overrides: { maxInFlight: 3 } });
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.open(scene.port)));
    for (const client of clients) client.post(scene.target('call_engine_http_srv/never'), '{"CallId":"x"}');
    await settle(50);
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(60018);
    scene.clock.advance(2999);
    await settle();
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(60018);
    scene.clock.advance(1);
    for (const client of clients) expect((await client.answer()).json().ErrorCode).toBe(60008);
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(101004);
    for (const client of clients) client.close();
    await scene.close();
  });
});
