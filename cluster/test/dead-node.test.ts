import { describe, expect, it } from 'vitest';
import { RestCaller } from '../../e2e/support/rest.ts';
import { slack, TwoServers } from './support/two-servers.ts';

// A pain of scripts/lib/pains.mjs: it takes two servers.
describe('11. a server that dies', () => {
  const two = TwoServers.ofThisGroup();

  it('takes its devices with it: the others are free within 20 s, and the record says why', async () => {
    const [ann, ben] = [await two.device('ann', two.a), await two.device('ben', two.b)];
    const callId = await two.talk(ann, ben, 'ben');
    const begun = performance.now();
    await two.b.kill();
    const ended = await ann.hears('callEnded', (params) => params.callId === callId, 20_000 + slack);
    expect(performance.now() - begun).toBeGreaterThan(14_000);
    expect(ended).toMatchObject({ result: 'Interrupt' });
    const { Response } = await two.rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord).toMatchObject({ CallId: callId, CallResult: 'Interrupt' });
  }, 60_000);

  it('leaves no call ringing: its timers are served by the others', async () => {
    const eve = await two.device('eve', two.a);
    const restB = new RestCaller(two.b);
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
    await two.b.kill();
    await eve.hears('callEnded', (params) => params.callId === callId && params.reason === 3, 14_000 + slack);
    expect(performance.now() - begun).toBeLessThan(14_000 + slack);
    const { Response } = await two.rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord).toMatchObject({ CallResult: 'NotAnswer' });
  }, 60_000);
});
