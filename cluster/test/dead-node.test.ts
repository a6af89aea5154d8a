import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

/** ms: what a busy machine may add to a bound. */
const slack = 6000;

describe('a server that dies', () => {
  let redis: RedisServer;
  /** The one that stays. */
  let a: Ringback;
  let b: Ringback;
  let rest: RestCaller;
  const devices: Device[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    a = await Ringback.start('--redis', redis.url);
    b = await Ringback.beside(a);
    rest = new RestCaller(a);
  }, 240_000);
  afterEach(async () => {
    for (const one of devices.splice(0)) one.drop();
    // One that has died is there again.
    await b.kill();
    await b.up();
  }, 120_000);
  afterAll(async () => {
    rest?.close();
    await b?.dispose();
    await a?.dispose();
    await redis.dispose();
  }, 60_000);

  const device = async (userId: string, on: Ringback): Promise<Device> => {
    const one = new Device(userId);
    devices.push(one);
    await one.signIn(on);
    return one;
  };
  const talk = async (caller: Device, callee: Device, name: string): Promise<string> => {
    const { callId } = await caller.ask('call', { callees: [name], mediaType: 'Audio' });
    await callee.hears('callReceived', (params) => params.callId === callId);
    await callee.ask('accept', { callId });
    await caller.hears('callChanged', (params) => params.callId === callId);
    return callId;
  };

  it('takes its devices with it: the others are free within 20 s, and the record says why', async () => {
    const [ann, ben] = [await device('ann', a), await device('ben', b)];
    const callId = await talk(ann, ben, 'ben');
    const begun = performance.now();
    await b.kill();
    const ended = await ann.hears('callEnded', (params) => params.callId === callId, 20_000 + slack);
    expect(performance.now() - begun).toBeGreaterThan(14_000);
    expect(ended).toMatchObject({ result: 'Interrupt' });
    const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord).toMatchObject({ CallId: callId, CallResult: 'Interrupt' });
  }, 60_000);

  it('does not end the calls of devices that come back elsewhere in time', async () => {
    const [cem, dan] = [await device('cem', a), await device('dan', b)];
    const callId = await talk(cem, dan, 'dan');
    await b.kill();
    expect(await dan.signIn(a)).toMatchObject({ callHere: true, call: { callId } });
    await new Promise((resolve) => setTimeout(resolve, 24_000));
    expect(cem.notices.some(({ method }) => method === 'callEnded')).toBe(false);
    const info = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(info.Response?.UserList?.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Calling']);
    // From here on the lease is the other one's: it runs out as anybody's does.
    dan.drop();
    const ended = await cem.hears('callEnded', (params) => params.callId === callId, 15_000 + slack);
    expect(ended).toMatchObject({ result: 'Offline' });
  }, 90_000);

  it('leaves no call ringing: its timers are served by the others', async () => {
    const eve = await device('eve', a);
    const restB = new RestCaller(b);
    const started = await restB.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['eve'],
      Timeout: 10_000,
      CallInfo: { MediaType: 'Audio' },
    });
    restB.close();
    const { CallId: callId } = started.Response as { readonly CallId: string };
    await eve.hears('callReceived', (params) => params.callId === callId);
    const begun = performance.now();
    await b.kill();
    await eve.hears('callEnded', (params) => params.callId === callId && params.reason === 3, 14_000 + slack);
    expect(performance.now() - begun).toBeLessThan(14_000 + slack);
    const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord).toMatchObject({ CallResult: 'NotAnswer' });
  }, 60_000);
});
