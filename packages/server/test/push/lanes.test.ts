import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deviceId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpush from 'web-push';
import { Lanes } from '../../src/push/lanes.ts';
import { until } from '../signalling/support.ts';
import { PushScene } from './scene.ts';
import { subscriptionFor } from './web-push-service.ts';

/** The push service of one browser's maker: it takes pushes, or holds all of them until the end. */
class BrowserService {
  readonly got: string[] = [];
  readonly #held: ServerResponse[] = [];
  readonly #server: Server;

  private constructor(holds: boolean) {
    this.#server = createServer((request, response) => {
      request.resume();
      this.got.push(request.url ?? '');
      if (holds) this.#held.push(response);
      else response.writeHead(201).end();
    });
  }

  static async open(options: { readonly holds: boolean }): Promise<BrowserService> {
    const service = new BrowserService(options.holds);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const response of this.#held) response.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('a push service of a browser that does not answer', () => {
  let stage: PushScene;
  let slow: BrowserService;
  let quick: BrowserService;

  beforeAll(async () => {
    [stage, slow, quick] = await Promise.all([
      PushScene.open(),
      BrowserService.open({ holds: true }),
      BrowserService.open({ holds: false }),
    ]);
    await stage.provider('web', {
      kind: 'web-push',
      subject: 'mailto:ops@example.com',
      ...webpush.generateVAPIDKeys(),
    });
  });
  afterAll(async () => {
    await Promise.all([slow.close(), quick.close()]);
    await stage.close();
  });

  const browser = (user: string, device: string, url: string): Promise<void> =>
    stage.scene.push.register({
      app: stage.scene.app.sdkAppId,
      userId: userId(user),
      device: deviceId(device),
      provider: 'web',
      channel: 'alert',
      token: subscriptionFor(`${url}/${device}`).json,
      platform: 'Web',
    });

  it('holds up none of the browsers of another maker', async () => {
    await stage.scene.accounts('bob', 'carol', 'dave');
    // More than go out at once.
    for (let n = 0; n < 20; n += 1) {
      await browser('bob', `bob-${n}`, slow.url);
      await browser('carol', `carol-${n}`, slow.url);
    }
    await browser('dave', 'dave-1', quick.url);
    const alice = await stage.scene.device('alice');
    await alice.ask('call', { callees: ['bob', 'carol'], mediaType: 'Audio' });
    await until(() => (slow.got.length >= 32 ? undefined : `${slow.got.length} pushes are held`));
    const erin = await stage.scene.device('erin');
    await erin.ask('call', { callees: ['dave'], mediaType: 'Audio' });
    await until(() => (quick.got.length === 1 ? undefined : 'dave is not pushed'));
    // All this time the slow one has kept its turns.
    expect(slow.got).toHaveLength(32);
  });
});

describe('lanes', () => {
  /** Starts work that goes on until it is told to end. */
  function starter(lanes: Lanes) {
    const begun: string[] = [];
    const start = (name: string) => {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const done = lanes.run('own', name, async () => {
        begun.push(name);
        await ended;
      });
      return { end, done };
    };
    return { begun, start };
  }

  it('are bounded: further names share a few, until others have nothing to do any more', async () => {
    const { begun, start } = starter(new Lanes({ most: 1, longest: 1, widest: 2 }));
    // The names c, s and S fall into the same of the shared ones, d into another.
    const [a, b, c, s, d] = [start('a'), start('b'), start('c'), start('s'), start('d')];
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    a.end();
    await a.done;
    const e = start('e');
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    // A shared one is as long as any other: what is too much is told at once.
    await expect(start('S').done).resolves.toBeUndefined();
    c.end();
    await c.done;
    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd', 'e', 's']);
    for (const one of [b, d, e, s]) one.end();
    await Promise.all([b.done, d.done, e.done, s.done]);
  });
});
