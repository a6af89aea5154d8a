import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';
import { PostgresServer } from '../../packages/server/test/stores/support/postgres-server.ts';
import { Receiver } from '../../packages/server/test/webhooks/receiver.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

describe('two servers on one PostgreSQL and one Redis', () => {
  let redis: RedisServer;
  let a: Ringback;
  let b: Ringback;
  let restA: RestCaller;
  let restB: RestCaller;
  const devices: Device[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    a = await Ringback.start('--redis', redis.url);
    b = await Ringback.beside(a);
    [restA, restB] = [new RestCaller(a), new RestCaller(b)];
  });
  afterAll(async () => {
    for (const one of devices) one.drop();
    for (const one of [restA, restB]) one?.close();
    await b?.dispose();
    await a?.dispose();
    await redis.dispose();
  });

  const device = async (userId: string, on: Ringback, deviceId?: string): Promise<Device> => {
    const one = new Device(userId, deviceId);
    devices.push(one);
    await one.signIn(on);
    return one;
  };

  it('a call rings on the other one, is answered there, and is seen and ended through either', async () => {
    const [alice, bob] = [await device('alice', a), await device('bob', b)];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Video' });
    expect(await bob.hears('callReceived')).toMatchObject({ callId, caller: 'alice' });
    await bob.ask('accept', { callId });
    await alice.hears('callChanged', (params) => params.changed[0]?.action === 'Answer');
    for (const rest of [restA, restB]) {
      const info = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
      expect(info.Response.UserList).toEqual([
        { User_Account: 'alice', Status: 'Calling' },
        { User_Account: 'bob', Status: 'Calling' },
      ]);
    }
    expect((await restB.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(0);
    for (const one of [alice, bob]) expect(await one.hears('callEnded')).toMatchObject({ callId, reason: 9 });
    expect((await restA.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(101004);
    for (const rest of [restA, restB]) {
      const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
      expect(Response.CallRecord).toMatchObject({ CallId: callId, CallResult: 'NormalEnd' });
    }
  });

  it('all devices of a user ring, wherever they are, and stop when one of them answers', async () => {
    const carol = await device('carol', a);
    const [phone, tablet] = [await device('dan', a, 'dan-phone'), await device('dan', b, 'dan-tablet')];
    const { callId } = await carol.ask('call', { callees: ['dan'], mediaType: 'Audio' });
    for (const one of [phone, tablet]) await one.hears('callReceived', (params) => params.callId === callId);
    await tablet.ask('accept', { callId });
    expect(await phone.hears('callEnded')).toMatchObject({ callId });
    await expect(phone.ask('reject', { callId })).rejects.toThrow();
    await carol.ask('hangUp', { callId });
    expect(await tablet.hears('callEnded')).toMatchObject({ callId });
  });

  it('two who dial each other on different servers at once end up in one call', async () => {
    const [eve, fay] = [await device('eve', a), await device('fay', b)];
    for (let round = 0; round < 5; round += 1) {
      const [first, second] = await Promise.all([
        eve.ask('call', { callees: ['fay'], mediaType: 'Audio' }),
        fay.ask('call', { callees: ['eve'], mediaType: 'Audio' }),
      ]);
      expect(first.callId).toBe(second.callId);
      await eve.ask('hangUp', { callId: first.callId });
      await fay.hears('callEnded', (params) => params.callId === first.callId);
    }
  });

  it('presence is that of all, and a kick through one closes the sockets at the other', async () => {
    const gus = await device('gus', b);
    const online = async (rest: RestCaller) => {
      const answer: unknown = await rest.send('openim/query_online_status', { To_Account: ['gus'] });
      return (answer as { readonly QueryResult: readonly { readonly Status: string }[] }).QueryResult[0]?.Status;
    };
    await until(async () => ((await online(restA)) === 'Online' ? undefined : 'not online yet'));
    expect((await restA.send('im_open_login_svc/kick', { UserID: 'gus' })).ErrorCode).toBe(0);
    await until(() => (gus.closeCode !== 0 ? undefined : 'still connected'));
    await until(async () => ((await online(restA)) === 'Offline' ? undefined : 'still online'));
  });

  it('an application that is made at one is served by the other a moment later', async () => {
    const made = JSON.parse(await a.cli('app', 'create', '--name', 'second', '--json'));
    await until(async () => {
      const list = JSON.parse(await b.cli('app', 'list', '--json')) as { sdkAppId?: number; id?: number }[];
      return list.some((one) => (one.sdkAppId ?? one.id) === (made.sdkAppId ?? made.id)) ? undefined : 'not there yet';
    });
  });

  it('webhooks that are set at one are told of the whole of a call that begins at the other at once', async () => {
    // As a balancer asks nobody who has just started.
    for (const one of [a, b]) {
      await until(async () => {
        const text = await (await fetch(`${one.ops}/metrics`)).text();
        return /^ringback_nodes 2$/m.test(text) && /^ringback_redis_up 1$/m.test(text) ? undefined : 'strangers yet';
      });
    }
    const receiver = await Receiver.open();
    await restA.send('im_open_login_svc/account_import', { UserID: 'hugo' });
    const kinds = ['StartCall', 'MemberChanged', 'EndCall'];
    const CallbackCommandList = kinds.map((kind) => `Call.CallbackAfter${kind}`);
    // A change waits 200 ms at most for the other one. What took longer, as on a machine that is busy, says nothing of it.
    const isHeard = async (change: string, body: object): Promise<boolean> => {
      const asked = performance.now();
      expect((await restA.send(`call_config/${change}`, body)).ErrorCode).toBe(0);
      return performance.now() - asked < 150;
    };
    const seen = async (): Promise<number> => (await restB.send('call_config/get_callback', {})).ErrorCode;
    const catchesUp = async (code: number): Promise<void> => {
      await until(async () => ((await seen()) === code ? undefined : 'not there yet'));
      // Looks rest after each, the longer the slower they are: the next change is not to come while they do.
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    const rounds = 5;
    const end = performance.now() + 45_000;
    let [told, gone] = [0, 0];
    try {
      while ((told < rounds || gone < rounds) && performance.now() < end) {
        if (await isHeard('set_callback', { Url: receiver.url, CallbackCommandList })) {
          const { Response } = await restB.send('call_engine_http_srv/start_call_by_robot', {
            Robot_Account: 'robot',
            CalleeList_Account: ['hugo'],
            Timeout: 30_000,
            CallInfo: { MediaType: 'Audio' },
          });
          const ended = await restB.send('call_engine_http_srv/end_call', { CallId: Response.CallId });
          expect(ended.ErrorCode).toBe(0);
          told += 1;
          await receiver.gets(3 * told, 20_000);
        } else await catchesUp(0);
        if (await isHeard('delete_callback', {})) {
          expect(await seen()).toBe(100301);
          gone += 1;
        } else await catchesUp(100301);
      }
      // However slow the machine is, some of so many are heard of in time, unless none ever is.
      expect([told, gone]).not.toContain(0);
      const seqs = receiver.got.map(({ body, query }) => [query.get('CallbackCommand')?.slice(18), body.EventSeq]);
      expect(seqs).toEqual(Array.from({ length: told }, () => kinds.map((kind, n) => [kind, n + 1])).flat());
    } finally {
      await receiver.stop();
    }
  });

  it('a call goes on when a device moves to the other server, and when the first one restarts', async () => {
    const [kim, leo] = [await device('kim', a), await device('leo', b)];
    const { callId } = await kim.ask('call', { callees: ['leo'], mediaType: 'Audio' });
    await leo.hears('callReceived');
    await leo.ask('accept', { callId });
    kim.drop();
    expect(await kim.signIn(b)).toMatchObject({ callHere: true, call: { callId } });
    restA.close();
    await a.kill();
    await a.up();
    restA = new RestCaller(a);
    // Longer than the lease of a device that nobody hears of.
    await new Promise((resolve) => setTimeout(resolve, 18_000));
    const info = await restA.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(info.Response?.UserList?.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Calling']);
    kim.drop();
    expect(await leo.hears('callEnded', (params) => params.callId === callId, 25_000)).toMatchObject({
      result: 'Offline',
    });
  }, 90_000);

  it('without Redis, each serves the devices that it has, and what the other does is seen in what is read', async () => {
    const [hal, ida] = [await device('hal', a), await device('ida', a)];
    await redis.stop();
    const { callId } = await hal.ask('call', { callees: ['ida'], mediaType: 'Audio' });
    await ida.hears('callReceived', (params) => params.callId === callId);
    const info = await restB.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(info.Response.UserList.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Waiting']);
    await ida.ask('accept', { callId });
    expect((await restB.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(0);
    await expect(hal.ask('hangUp', { callId })).rejects.toThrow();
    await redis.run();
    const jon = await device('jon', b);
    await until(async () => {
      const { callId: next } = await hal.ask('call', { callees: ['jon'], mediaType: 'Audio' });
      const rung = jon.notices.some(({ method, params }) => method === 'callReceived' && params.callId === next);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await hal.ask('hangUp', { callId: next });
      return rung || jon.notices.some(({ params }) => params?.callId === next) ? undefined : 'no ring yet';
    });
  });
});

describe('servers that start at the same moment', () => {
  it('without an application all come up, with the application of development mode', async () => {
    const postgres = await PostgresServer.start();
    const database = await postgres.database();
    // Of a key that is given no application is made by the test.
    const key = 'a'.repeat(64);
    // The tables are there: to make them, one would wait for the other.
    const first = await Ringback.on({ database, key });
    await first.dispose();
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    await client.query('DELETE FROM apps');
    await client.end();
    const started = await Promise.allSettled(Array.from({ length: 4 }, () => Ringback.on({ database, key })));
    const up = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      expect(started.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
      for (const one of up) {
        await until(async () => ((await one.cli('app', 'list')).includes('1400000001') ? undefined : 'not there'));
      }
    } finally {
      for (const one of up) await one.dispose();
      await postgres.dispose();
    }
  });
});
