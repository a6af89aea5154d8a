import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { House, outcome } from './support.ts';

describe('the server of a page', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    vi.unstubAllGlobals();
    await house.clear();
  });
  afterAll(() => house?.close());

  const nowhere = 'http://127.0.0.1:9';

  /** Signs a user in, in a page that says these of where the server is. */
  async function reach(page: {
    readonly configured?: string;
    readonly global?: string;
    readonly meta?: string;
    readonly origin?: string;
  }): Promise<unknown> {
    const sdk = await house.load();
    const { configured, global, meta, origin } = page;
    if (global !== undefined) vi.stubGlobal('RINGBACK_SERVER', global);
    if (meta !== undefined) {
      const querySelector = (what: string) =>
        what === 'meta[name="ringback-server"]'
          ? { getAttribute: (name: string) => (name === 'content' ? meta : null) }
          : null;
      vi.stubGlobal('document', { querySelector, addEventListener() {}, removeEventListener() {} });
    }
    if (origin !== undefined) vi.stubGlobal('location', { origin, href: `${origin}/app/` });
    sdk.TUICallEngine.configure({
      media: false,
      WebSocket: WebSocket as never,
      deviceId: 'page',
      ...(configured === undefined ? {} : { server: configured }),
    });
    const engine = sdk.TUICallEngine.createInstance({ SDKAppID: house.appId });
    const done = await outcome(engine.login({ userID: 'anna', userSig: house.userSig('anna') }));
    await engine.destroyInstance();
    return done;
  }

  it('is what the application configures, whatever else there is', async () => {
    expect(await reach({ configured: house.url, global: nowhere, meta: nowhere, origin: nowhere })).toBe('done');
    expect(await reach({ configured: house.url.replace('http', 'ws') })).toBe('done');
    expect(await reach({ configured: `${house.url}/signalling` })).toBe('done');
  });

  it('else the global, else the meta tag, else the origin of the page', async () => {
    expect(await reach({ global: house.url, meta: nowhere, origin: nowhere })).toBe('done');
    vi.unstubAllGlobals();
    expect(await reach({ meta: house.url, origin: nowhere })).toBe('done');
    vi.unstubAllGlobals();
    expect(await reach({ origin: house.url })).toBe('done');
  });

  it('else what the application was built with, before the origin of the page', async () => {
    vi.stubEnv('RINGBACK_SERVER', house.url);
    expect(await reach({ origin: nowhere })).toBe('done');
    vi.stubEnv('RINGBACK_SERVER', nowhere);
    expect(await reach({ meta: house.url })).toBe('done');
    vi.unstubAllEnvs();
  });

  it('that is no address is an error that shows it', async () => {
    expect(await reach({ configured: 'ftp://example.com' })).toMatchObject({
      code: -1202,
      message: expect.stringContaining('ftp://example.com'),
    });
  });
});
