import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';
import { Wire } from './support/wire.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

describe('two servers, and Redis away', () => {
  let redis: RedisServer;
  let wire: Wire;
  /** Reaches Redis by a way that can be cut. */
  let a: Ringback;
  let b: Ringback;
  const devices: Device[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    wire = await Wire.to(redis.url);
    a = await Ringback.start('--redis', `redis://127.0.0.1:${wire.port}`);
    // Its machine is half a minute ahead, which nobody may notice.
    process.env.NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent('const now=Date.now;Date.now=()=>now()+30000')}`;
    b = await Ringback.beside(a, '--redis', redis.url);
    delete process.env.NODE_OPTIONS;
  }, 240_000);
  afterEach(() => {
    for (const one of devices.splice(0)) one.drop();
  });
  afterAll(async () => {
    delete process.env.NODE_OPTIONS;
    await b?.dispose();
    await a?.dispose();
    wire?.close();
    await redis?.dispose();
  }, 60_000);

  const device = async (userId: string, on: Ringback): Promise<Device> => {
    const one = new Device(userId);
    devices.push(one);
    await one.signIn(on);
    return one;
  };

  /** A whole call, in which each hears what the other one does. */
  const talk = async (caller: Device, callee: Device): Promise<void> => {
    const { callId } = await caller.ask('call', { callees: [callee.userId], mediaType: 'Audio' });
    const its = (params: { callId: string }): boolean => params.callId === callId;
    expect(await callee.hears('callReceived', its)).toMatchObject({ caller: caller.userId });
    await callee.ask('accept', { callId });
    await caller.hears('callChanged', (params) => its(params) && params.changed[0]?.action === 'Answer');
    await caller.ask('hangUp', { callId });
    expect(await callee.hears('callEnded', its)).toMatchObject({ result: 'NormalEnd', userId: caller.userId });
    const rings = callee.notices.filter(({ method, params }) => method === 'callReceived' && its(params));
    expect(rings).toHaveLength(1);
  };

  it('agree on the time, though the clock of one is 30 s ahead', async () => {
    const [amy, bea] = [await device('amy', a), await device('bea', b)];
    expect(Math.abs(amy.signedIn.serverTime - Date.now())).toBeLessThan(5000);
    expect(Math.abs(bea.signedIn.serverTime - Date.now())).toBeLessThan(5000);
    await talk(amy, bea);
  });

  it('ring, answer and end across them while it is gone for both, and when it is back and empty', async () => {
    const [cal, deb] = [await device('cal', a), await device('deb', b)];
    await redis.stop();
    await talk(cal, deb);
    await talk(deb, cal);
    await redis.run();
    await talk(cal, deb);
    await talk(deb, cal);
  }, 90_000);

  it('ring, answer and end across them while one alone has lost it', async () => {
    const [eli, flo] = [await device('eli', a), await device('flo', b)];
    wire.cut();
    await talk(eli, flo);
    await talk(flo, eli);
    wire.mend();
    await talk(eli, flo);
  }, 90_000);

  it('tell a device what it has missed when a single notice was lost', async () => {
    const [gil, hal] = [await device('gil', a), await device('hal', b)];
    const { callId } = await gil.ask('call', { callees: ['hal'], mediaType: 'Audio' });
    await hal.hears('callReceived', (params) => params.callId === callId);
    // Too short for either of them to notice.
    wire.cut();
    wire.mend();
    await hal.ask('accept', { callId });
    await gil.hears('callChanged', (params) => params.changed[0]?.action === 'Answer');
    await until(() => (gil.notices.length > 0 ? undefined : 'nothing heard'));
    await gil.ask('hangUp', { callId });
    await hal.hears('callEnded', (params) => params.callId === callId);
  }, 60_000);
});
