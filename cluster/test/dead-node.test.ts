import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';
import { Receiver } from '../../packages/server/test/webhooks/receiver.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

/** ms: what a busy machine may add to a bound. */
const slack = 6000;

// A pain of scripts/lib/pains.mjs: it takes two servers.
describe('11. a server that dies', () => {
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

  describe('while pushes are to go out for a ring', () => {
    let service: Receiver;
    beforeAll(async () => {
      service = await Receiver.open();
      await a.cli('push', 'set', 'own', '--app', String(a.sdkAppId), '--kind', 'webhook', '--url', service.url);
      await rest.send('im_open_login_svc/multiaccount_import', { Accounts: ['fay', 'gil'] });
      for (const name of ['fay', 'gil']) {
        const about = { User_Account: name, DeviceId: `${name}-tablet`, Provider: 'own', Token: `token-of-${name}` };
        expect(await rest.send('push_http_srv/set_device_token', about)).toMatchObject({ ErrorCode: 0 });
      }
      // The other one has read of the provider when it has one more to show.
      await until(async () =>
        (await b.cli('push', 'list', '--app', String(b.sdkAppId))).includes('own') ? undefined : 'b knows no provider',
      );
    }, 60_000);
    afterAll(() => service?.stop());

    const got = (callId: string) => service.got.filter(({ body }) => body.push.callId === callId);
    const told = (callId: string): readonly string[] => got(callId).map(({ body }) => String(body.type));
    const toldSoon = (callId: string, wanted: readonly string[], ms: number) =>
      until(() => {
        const now = told(callId);
        return JSON.stringify(now) === JSON.stringify(wanted) ? undefined : `pushed ${JSON.stringify(now)}`;
      }, ms);
    const call = async (callee: string): Promise<string> => {
      const restB = new RestCaller(b);
      const asked = { Robot_Account: 'robot', CalleeList_Account: [callee], Timeout: 60_000 };
      const { Response } = await restB.send('call_engine_http_srv/start_call_by_robot', {
        ...asked,
        CallInfo: { MediaType: 'Audio' },
      });
      restB.close();
      return (Response as { readonly CallId: string }).CallId;
    };
    const log = (callId: string): Promise<string> =>
      a.cli('push', 'log', '--app', String(a.sdkAppId), '--call', callId);

    it('before any went out, has them sent by another, once, and taken back when the call is over', async () => {
      // Signed in, and never says that it rings: the push is to follow after 2 s.
      const fay = await device('fay', a);
      const callId = await call('fay');
      await b.kill();
      expect(told(callId)).toEqual([]);
      await fay.hears('callReceived', (params) => params.callId === callId);
      await toldSoon(callId, ['ring'], 15_000 + slack);
      expect(await log(callId)).toContain('the server that looked after it is gone');
      await rest.send('call_engine_http_srv/end_call', { CallId: callId });
      await toldSoon(callId, ['ring', 'cancel'], slack);
    }, 60_000);

    it('after they went out, leaves it to another to take them back; one sent again has the same id', async () => {
      const callId = await call('gil');
      await toldSoon(callId, ['ring'], slack);
      await b.kill();
      await until(
        async () => ((await log(callId)).includes('is gone') ? undefined : 'nobody has taken the ring over'),
        20_000 + slack,
      );
      await rest.send('call_engine_http_srv/end_call', { CallId: callId });
      await until(() => (told(callId).at(-1) === 'cancel' ? undefined : `pushed ${told(callId)}`), slack);
      // It died between the answer of the push service and the note on disk, or after it.
      const ids = new Map(got(callId).map(({ headers, body }) => [headers['webhook-id'], body.type]));
      expect([...ids.values()]).toEqual(['ring', 'cancel']);
    }, 60_000);
  });
});
