import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestCaller } from '../../e2e/support/rest.ts';
import { until } from '../../e2e/support/ringback.ts';
import { Receiver } from '../../packages/server/test/webhooks/receiver.ts';
import { slack, TwoServers } from './support/two-servers.ts';

// A pain of scripts/lib/pains.mjs: it takes two servers.
describe('11. a server that dies', () => {
  const two = TwoServers.ofThisGroup();

  describe('while pushes are to go out for a ring', () => {
    let service: Receiver;
    beforeAll(async () => {
      service = await Receiver.open();
      await two.a.cli('push', 'set', 'own', '--app', String(two.a.sdkAppId), '--kind', 'webhook', '--url', service.url);
      await two.rest.send('im_open_login_svc/multiaccount_import', { Accounts: ['fay', 'gil'] });
      for (const name of ['fay', 'gil']) {
        const about = { User_Account: name, DeviceId: `${name}-tablet`, Provider: 'own', Token: `token-of-${name}` };
        expect(await two.rest.send('push_http_srv/set_device_token', about)).toMatchObject({ ErrorCode: 0 });
      }
      // The other one has read of the provider when it has one more to show.
      await until(async () =>
        (await two.b.cli('push', 'list', '--app', String(two.b.sdkAppId))).includes('own')
          ? undefined
          : 'b knows no provider',
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
      const restB = new RestCaller(two.b);
      const asked = { Robot_Account: 'robot', CalleeList_Account: [callee], Timeout: 60_000 };
      const { Response } = await restB.send('call_engine_http_srv/start_call_by_robot', {
        ...asked,
        CallInfo: { MediaType: 'Audio' },
      });
      restB.close();
      return (Response as { readonly CallId: string }).CallId;
    };
    const log = (callId: string): Promise<string> =>
      two.a.cli('push', 'log', '--app', String(two.a.sdkAppId), '--call', callId);

    it('before any went out, has them sent by another, once, and taken back when the call is over', async () => {
      // Signed in, and never says that it rings: the push is to follow after 2 s.
      const fay = await two.device('fay', two.a);
      const callId = await call('fay');
      await two.b.kill();
      expect(told(callId)).toEqual([]);
      await fay.hears('callReceived', (params) => params.callId === callId);
      await toldSoon(callId, ['ring'], 15_000 + slack);
      expect(await log(callId)).toContain('the server that looked after it is gone');
      await two.rest.send('call_engine_http_srv/end_call', { CallId: callId });
      await toldSoon(callId, ['ring', 'cancel'], slack);
    }, 60_000);

    it('after they went out, leaves it to another to take them back; one sent again has the same id', async () => {
      const callId = await call('gil');
      await toldSoon(callId, ['ring'], slack);
      await two.b.kill();
      await until(
        async () => ((await log(callId)).includes('is gone') ? undefined : 'nobody has taken the ring over'),
        20_000 + slack,
      );
      await two.rest.send('call_engine_http_srv/end_call', { CallId: callId });
      await until(() => (told(callId).at(-1) === 'cancel' ? undefined : `pushed ${told(callId)}`), slack);
      // It died between the answer of the push service and the note on disk, or after it.
      const ids = new Map(got(callId).map(({ headers, body }) => [headers['webhook-id'], body.type]));
      expect([...ids.values()]).toEqual(['ring', 'cancel']);
    }, 60_000);
  });
});
