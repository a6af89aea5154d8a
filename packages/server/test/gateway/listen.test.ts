import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { userId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/ports/apps.ts';
import type { HeardEvent } from '../../src/webhooks/listeners.ts';
import { Scene, type Signing, startOfTime } from './support.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('alice');
});
afterAll(() => scene.close());

const target = (signing: Signing = {}) => scene.target('x/y', signing).replace('/v4/x/y', '/listen');

/** Listens; the answer's status, what it hears, and a way to stop. */
function listen(path: string) {
  const lines: string[] = [];
  let ended = false;
  const asked = request({ port: scene.port, path });
  const opened = new Promise<number>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      createInterface({ input: response })
        .on('error', () => {})
        .on('line', (line) => lines.push(line));
      response.on('close', () => {
        ended = true;
      });
    });
  });
  asked.end();
  return { opened, lines, ended: () => ended, stop: () => asked.destroy() };
}

const event = (n: number): HeardEvent => ({
  id: `call-${n}`,
  command: 'Call.CallbackAfterStartCall',
  clientIp: '203.0.113.7',
  platform: 'Web',
  body: `{"n":${n},"text":"☎\\n"}`,
});
const soon = async (done: () => boolean) => {
  for (let i = 0; i < 400 && !done(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(done()).toBe(true);
};

describe('those who look on', () => {
  it('hear the events of their application from now on, one JSON object a line', async () => {
    scene.listeners.tell(scene.app.sdkAppId, event(0));
    const one = listen(target());
    expect(await one.opened).toBe(200);
    for (let n = 1; n <= 100; n += 1) scene.listeners.tell(scene.app.sdkAppId, event(n));
    scene.listeners.tell(5 as never, event(999));
    await soon(() => one.lines.length >= 100);
    expect(one.lines.map((line) => JSON.parse(line))).toEqual(Array.from({ length: 100 }, (_, n) => event(n + 1)));
    one.stop();
  });

  it.each<[string, () => string, RegExp]>([
    ['no signature', () => '/listen', /sdkappid/i],
    ['a wrong one', () => target({ key: 'wrong' }), /signature|UserSig/i],
    ['one of somebody who is no administrator', () => target({ identifier: 'alice' }), /administrator/],
    ['an unknown application', () => target({ app: 7 }), /sdkappid/],
    ['an expired one', () => target({ time: 1_000_000 }), /expired/],
  ])('are refused with %s', async (_, path, sentence) => {
    const one = listen(path());
    expect(await one.opened).toBe(403);
    await soon(() => one.lines.length === 1);
    expect(JSON.parse(one.lines[0] ?? '').error).toMatch(sentence);
  });

  it.each([
    ['none', ''],
    ['one that is longer than any', 'a'.repeat(33)],
    ['one that is longer than any in bytes', '☎'.repeat(11)],
  ])('are refused with %s for an identifier, whatever is signed, as by the REST API', async (_, identifier) => {
    const one = listen(target({ identifier, key: 'wrong' }));
    expect(await one.opened).toBe(403);
    await soon(() => one.lines.length === 1);
    expect(JSON.parse(one.lines[0] ?? '')).toMatchObject({ code: 60004, error: expect.stringContaining('identifier') });
  });

  it('are twenty at most, and one who leaves makes room', async () => {
    const all = Array.from({ length: 20 }, () => listen(target()));
    for (const one of all) expect(await one.opened).toBe(200);
    expect(await listen(target()).opened).toBe(429);
    all[0]?.stop();
    let status = 0;
    for (let i = 0; i < 100 && status !== 200; i += 1) {
      const again = listen(target());
      status = await again.opened;
      if (status === 200) again.stop();
    }
    expect(status).toBe(200);
    for (const one of all) one.stop();
  });

  it('who do not read are let go, and hold no memory', async () => {
    const asked = request({ port: scene.port, path: target() });
    let closed = false;
    await new Promise<void>((resolve) => {
      asked.on('response', (response) => {
        response.pause();
        response.on('close', () => {
          closed = true;
        });
        response.on('error', () => {});
        resolve();
      });
      asked.on('error', () => {});
      asked.end();
    });
    const big = { ...event(1), body: JSON.stringify({ text: 'x'.repeat(65_536) }) };
    for (let n = 0; n < 2000 && !closed; n += 1) {
      scene.listeners.tell(scene.app.sdkAppId, big);
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    asked.destroy();
    await soon(() => closed);
  });

  it.each<[string, Partial<App>]>([
    ['the application is disabled', { disabled: true }],
    ['its key goes', { keys: [] }],
    ['they are administrators no longer', { admins: [] }],
    ['their address may call no longer', { allowIps: ['203.0.113.1'] }],
    ['the package runs out', { packageExpiresAt: 1 }],
  ])('are let go at once when %s, and stay when anything else changes', async (_, change) => {
    const before = scene.app;
    const one = listen(target());
    expect(await one.opened).toBe(200);
    await scene.change({ name: 'another' });
    expect(one.lines.filter((line) => line !== '')).toEqual([]);
    expect(one.ended()).toBe(false);
    await scene.change(change);
    scene.listeners.tell(before.sdkAppId, event(1));
    await soon(one.ended);
    await scene.change(before);
    expect(one.lines.filter((line) => line !== '')).toEqual([]);
  });

  it('are let go with the next sign of life when their signature is void', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { sdkAppId } = scene.app;
    const one = listen(target());
    expect(await one.opened).toBe(200);
    vi.advanceTimersByTime(15_000);
    await soon(() => one.lines.length === 1);
    await scene.accounts('administrator');
    await scene.store.accounts.revoke(sdkAppId, userId('administrator'), startOfTime);
    vi.advanceTimersByTime(15_000);
    vi.useRealTimers();
    scene.listeners.tell(sdkAppId, event(1));
    await soon(one.ended);
    expect(one.lines).toEqual(['']);
    scene.clock.advance(2000);
    const again = listen(target());
    expect(await again.opened).toBe(200);
    again.stop();
  });

  it('are told when the server stops', async () => {
    const one = listen(target());
    expect(await one.opened).toBe(200);
    scene.listeners.close();
    await soon(() => one.ended());
  });
});
