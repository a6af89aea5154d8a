import { describe, expect, it } from 'vitest';
import { slack, TwoServers } from './support/two-servers.ts';

// A pain of scripts/lib/pains.mjs: it takes two servers.
describe('11. a server that dies', () => {
  const two = TwoServers.ofThisGroup();

  it('does not end the calls of devices that come back elsewhere in time', async () => {
    const [cem, dan] = [await two.device('cem', two.a), await two.device('dan', two.b)];
    const callId = await two.talk(cem, dan, 'dan');
    await two.b.kill();
    expect(await dan.signIn(two.a)).toMatchObject({ callHere: true, call: { callId } });
    await new Promise((resolve) => setTimeout(resolve, 24_000));
    expect(cem.notices.some(({ method }) => method === 'callEnded')).toBe(false);
    const info = await two.rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(info.Response?.UserList?.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Calling']);
    // From here on the lease is the other one's: it runs out as anybody's does.
    dan.drop();
    const ended = await cem.hears('callEnded', (params) => params.callId === callId, 15_000 + slack);
    expect(ended).toMatchObject({ result: 'Offline' });
  }, 90_000);
});
