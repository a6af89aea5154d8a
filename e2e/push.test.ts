import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RestCaller } from './support/rest.ts';
import { Ringback, until } from './support/ringback.ts';

let ringback: Ringback;
let service: Server;
/** Pushes in order, and how to answer each. */
let got: { readonly id: string; readonly type: string; readonly answer: ServerResponse }[] = [];

beforeEach(async () => {
  got = [];
  service = createServer(async (request, answer) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    got.push({ id: String(request.headers['webhook-id']), type: JSON.parse(text).type, answer });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  ringback = await Ringback.start();
  // A busy machine takes its time to start a process.
}, 240_000);
afterEach(async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  await ringback?.dispose();
});

const gets = (count: number, type: string) =>
  until(() => {
    const found = got.filter((one) => one.type === type).length;
    return found >= count ? undefined : `${found} of ${count} of the kind ${type}`;
  }, 40_000);

describe('a server that is killed', { timeout: 240_000 }, () => {
  it('while a push is under way sends it again when it is back, and the cancel once the ring is over', async () => {
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
    await ringback.cli('push', 'set', 'own', '--kind', 'webhook', '--url', url, '--app', String(ringback.sdkAppId));
    let rest = new RestCaller(ringback);
    await rest.send('im_open_login_svc/account_import', { UserID: 'bob' });
    const token = { User_Account: 'bob', DeviceId: 'bob-phone', Provider: 'own', Token: 'of-the-phone' };
    await rest.send('push_http_srv/set_device_token', token);
    const { Response } = await rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['bob'],
      Timeout: 120_000,
      CallInfo: { MediaType: 'Audio' },
    });
    await gets(1, 'ring');
    await ringback.kill();
    rest.close();
    await ringback.up();
    await gets(2, 'ring');
    expect(got[1]?.id).toBe(got[0]?.id);
    got[1]?.answer.end();
    rest = new RestCaller(ringback);
    // Killed right after it was taken: where it went is on disk by the time that the log tells of it, or it is sent once more.
    await until(async () => {
      const log = await ringback.cli('push', 'log', '--call', Response.CallId, '--app', String(ringback.sdkAppId));
      return /taken \(HTTP 200/.test(log) ? undefined : log;
    }, 40_000);
    await rest.send('call_engine_http_srv/end_call', { CallId: Response.CallId });
    await gets(1, 'cancel');
    got.at(-1)?.answer.end();
    expect(got.map(({ type }) => type)).toEqual(['ring', 'ring', 'cancel']);
    rest.close();
  });
});
