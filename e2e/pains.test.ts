import { createHmac } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { possibleResults } from '../packages/server/test/support/possible-results.ts';
import { Device } from './support/device.ts';
import { Mirror } from './support/mirror.ts';
import { RestCaller } from './support/rest.ts';
import { Ringback, until } from './support/ringback.ts';

/** ms; a device that is silent for this long is out of its call. */
const lease = 15_000;

/** ms; how much later than a bound something may be seen on a busy machine. */
const slack = 5000;

let ringback: Ringback;
let rest: RestCaller;
const devices: Device[] = [];

async function device(userId: string, deviceId?: string, options?: { silent?: boolean }): Promise<Device> {
  const one = new Device(userId, deviceId);
  devices.push(one);
  await one.signIn(ringback, options);
  return one;
}

/** Two people in a call. */
async function talking(one: string, other: string): Promise<{ callId: string; caller: Device; callee: Device }> {
  const [caller, callee] = [await device(one), await device(other)];
  const { callId } = await caller.ask('call', { callees: [other], mediaType: 'Audio' });
  await callee.ask('accept', { callId });
  return { callId, caller, callee };
}

const info = (CallId: string) => rest.send('call_engine_http_srv/get_call_info', { CallId });
const endCall = (CallId: string) => rest.send('call_engine_http_srv/end_call', { CallId });
const recordOf = async (CallId: string) =>
  (await rest.send('call_record_http_srv/get_record_by_callid', { CallId })).Response?.CallRecord;

/** The secret that signs the deliveries to an endpoint. */
const secretOf = async (endpoint: string): Promise<string> => {
  const text = await ringback.cli('webhooks', 'secret', endpoint, '--app', String(ringback.sdkAppId), '--json');
  return JSON.parse(text).secrets[0];
};

/** Imports people who are not signed in anywhere. */
const imported = (...ids: readonly string[]) =>
  rest.send('im_open_login_svc/multiaccount_import', { AccountList: ids.map((UserID) => ({ UserID })) });

/** A UserSig with a time of its own, which the published package does not offer. */
function userSig(userId: string, time: number, expire: number, key = ringback.key): string {
  const fields = { identifier: userId, sdkappid: ringback.sdkAppId, time, expire };
  const lines = Object.entries(fields).map(([name, value]) => `TLS.${name}:${value}\n`);
  const sig = createHmac('sha256', key).update(lines.join('')).digest('base64');
  const members = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`TLS.${name}`, value]));
  const text = JSON.stringify({ 'TLS.ver': '2.0', ...members, 'TLS.sig': sig });
  return deflateSync(text).toString('base64').replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
}

/** Sends a command with a signature of one's own; what the server answers. */
function sendSigned(command: string, sig: string, identifier = 'administrator'): Promise<Record<string, unknown>> {
  const query = new URLSearchParams({ sdkappid: String(ringback.sdkAppId), identifier, usersig: sig, random: '1' });
  return new Promise((resolve, reject) => {
    request(`${ringback.http}/v4/${command}?${query}&contenttype=json`, { method: 'POST' }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(JSON.parse(text));
    })
      .on('error', reject)
      .end('{}');
  });
}

beforeAll(async () => {
  ringback = await Ringback.start('--log-requests', 'true');
  rest = new RestCaller(ringback);
});

afterAll(async () => {
  for (const one of devices) one.drop();
  rest?.close();
  await ringback?.dispose();
});

/** What users of such systems report again and again, each as a promise that is kept; scripts/lib/pains.mjs lists them all. */
describe.concurrent('the pains', { timeout: 90_000 }, () => {
  it('1. a killed app leaves no ghost call: both users are free within the lease', async ({ expect }) => {
    const { callId, caller, callee } = await talking('ghost-a', 'ghost-b');
    const began = Date.now();
    caller.drop();
    expect(await callee.hears('callEnded', (one) => one.callId === callId, lease + slack)).toMatchObject({
      result: 'Offline',
      userId: 'ghost-a',
    });
    expect(Date.now() - began).toBeLessThan(lease + slack);
    expect((await endCall(callId)).ErrorCode).toBe(101004);
    const again = await device('ghost-a');
    expect(await again.ask('call', { callees: ['ghost-b'], mediaType: 'Audio' })).toMatchObject({ role: 'caller' });
    await callee.hears('callReceived', (one) => one.caller === 'ghost-a');
  });

  it('1. a long call with live devices is cut by no lease', async ({ expect }) => {
    const { callId } = await talking('long-a', 'long-b');
    await new Promise((resolve) => setTimeout(resolve, lease + 3000));
    expect((await info(callId)).Response.UserList).toHaveLength(2);
  });

  it('2. webhooks come completely and in order through a failing receiver: the state can be rebuilt', async ({
    expect,
  }) => {
    // In no step with the attempts, which would meet the same failure again and again.
    let state = 20_261_128;
    const mirror = await Mirror.open(ringback.sdkAppId, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    });
    mirror.unreliability = 0.3;
    const CallbackCommandList = ['StartCall', 'MemberChanged', 'EndCall'].map((one) => `Call.CallbackAfter${one}`);
    await rest.send('call_config/set_callback', { Url: mirror.url, CallbackCommandList });
    mirror.secret = await secretOf('callback');
    const callIds: string[] = [];
    const [anna, ben] = [await device('hook-a'), await device('hook-b')];
    for (let n = 0; n < 10; n += 1) {
      const { callId } = await anna.ask('call', { callees: ['hook-b'], mediaType: 'Audio' });
      callIds.push(callId);
      if (n % 2 === 0) await ben.ask('accept', { callId });
      await anna.ask('hangUp', { callId });
    }
    await until(() => (callIds.every((id) => mirror.calls.get(id)?.record) ? undefined : 'events are missing'), 60_000);
    expect(mirror.failures).toBeGreaterThan(0);
    const of = (text: string) => callIds.some((id) => text.startsWith(id));
    expect(mirror.faults.filter(of)).toEqual([]);
    for (const id of callIds) {
      const rebuilt = mirror.calls.get(id);
      expect(rebuilt?.record).toEqual(await recordOf(id));
      if (rebuilt !== undefined) expect(possibleResults(rebuilt)).toContain(rebuilt.record.CallResult);
    }
    await rest.send('call_config/delete_callback', {});
    mirror.close();
  });

  it('3. a call answered on one device stops ringing on the others, which cannot end it', async ({ expect }) => {
    const caller = await device('multi-a');
    const [phone, tablet] = [await device('multi-b', 'phone'), await device('multi-b', 'tablet')];
    const { callId } = await caller.ask('call', { callees: ['multi-b'], mediaType: 'Video' });
    for (const one of [phone, tablet]) await one.hears('callReceived', (call) => call.callId === callId);
    await phone.ask('accept', { callId });
    expect(await tablet.hears('callEnded', (one) => one.callId === callId)).toMatchObject({ reason: 7 });
    for (const late of ['reject', 'ignore', 'hangUp']) await expect(tablet.ask(late, { callId })).rejects.toThrow();
    expect((await info(callId)).Response.UserList.map((one: { Status: string }) => one.Status)).toEqual([
      'Calling',
      'Calling',
    ]);
  });

  it('4. two who call each other at once end up in one call', async ({ expect }) => {
    const [one, other] = [await device('glare-a'), await device('glare-b')];
    const [first, second] = await Promise.all([
      one.ask('call', { callees: ['glare-b'], mediaType: 'Audio' }),
      other.ask('call', { callees: ['glare-a'], mediaType: 'Audio' }),
    ]);
    expect(first.callId).toBe(second.callId);
    expect([first.role, second.role].sort()).toEqual(['callee', 'caller']);
    await until(async () =>
      (await info(first.callId)).Response.UserList.every((member: { Status: string }) => member.Status === 'Calling')
        ? undefined
        : 'not both are in',
    );
  });

  it('5. the server decides who is busy, and the record and the caller learn it', async ({ expect }) => {
    await talking('busy-a', 'busy-b');
    const third = await device('busy-c');
    const { callId } = await third.ask('call', { callees: ['busy-b'], mediaType: 'Audio' });
    expect(await third.hears('callEnded', (one) => one.callId === callId)).toMatchObject({ result: 'CallBusy' });
    expect((await recordOf(callId)).CallResult).toBe('CallBusy');
  });

  it('6. an app that was dead rings as soon as it is there, and its decline counts', async ({ expect }) => {
    const caller = await device('dead-a');
    await imported('dead-b');
    const { callId } = await caller.ask('call', { callees: ['dead-b'], mediaType: 'Audio' });
    const woken = await device('dead-b');
    expect(woken.signedIn.call).toMatchObject({ callId, caller: 'dead-a' });
    await woken.ask('reject', { callId });
    expect(await caller.hears('callEnded', (one) => one.callId === callId)).toMatchObject({ result: 'Reject' });
  });

  it('6. an app that does not run is rung by a push, and declines with its token without a sign-in', async ({
    expect,
  }) => {
    const pushed: { type: string; push: Record<string, string> }[] = [];
    const service = createServer(async (incoming, response) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      pushed.push(JSON.parse(text));
      response.end();
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/push`;
    const app = String(ringback.sdkAppId);
    await ringback.cli('push', 'set', 'own', '--kind', 'webhook', '--url', url, '--app', app);
    await imported('asleep-b');
    const token = { User_Account: 'asleep-b', DeviceId: 'asleep-phone', Provider: 'own', Token: 'of-the-phone' };
    expect(await rest.send('push_http_srv/set_device_token', token)).toMatchObject({ ErrorCode: 0 });
    const caller = await device('asleep-a');
    const { callId } = await caller.ask('call', { callees: ['asleep-b'], mediaType: 'Audio' });
    await until(() => (pushed.length > 0 ? undefined : 'no push'));
    expect(pushed[0]).toMatchObject({ type: 'ring', push: { callId, caller: 'asleep-a' } });
    const declined = await fetch(`${ringback.http}/push/reject`, {
      method: 'POST',
      body: JSON.stringify({ token: pushed[0]?.push.token }),
    });
    expect([declined.status, await declined.json()]).toEqual([200, { ok: true }]);
    expect(await caller.hears('callEnded', (one) => one.callId === callId)).toMatchObject({ result: 'Reject' });
    const log = await ringback.cli('push', 'log', '--call', callId, '--app', app);
    expect(log).toMatch(/no device is online[\s\S]*taken \(HTTP 200[\s\S]*answered by its token: reject/);
    service.closeAllConnections();
    await new Promise((resolve) => service.close(resolve));
  });

  it('7. a device that comes too late does not ring for a call that is over', async ({ expect }) => {
    const caller = await device('late-a');
    await imported('late-b');
    const { callId } = await caller.ask('call', { callees: ['late-b'], mediaType: 'Audio', timeoutMs: 1000 });
    await caller.hears('callEnded', (one) => one.callId === callId);
    const late = await device('late-b');
    expect(late.signedIn.call).toBeUndefined();
    await late.ask('ping', {});
    expect(late.notices.filter(({ method }) => method === 'callReceived')).toEqual([]);
    await expect(late.ask('accept', { callId })).rejects.toMatchObject({ data: { name: 'call_ended' } });
  });

  it('8. a signature of a clock that is ahead is valid, and deadlines are in the time of the server', async ({
    expect,
  }) => {
    const ahead = Math.floor(Date.now() / 1000) + 600;
    const answer = await sendSigned('call_record_http_srv/get_record_by_filter', userSig('administrator', ahead, 60));
    expect(answer.ErrorCode).toBe(0);
    const [caller, callee] = [await device('skew-a'), await device('skew-b')];
    await caller.ask('call', { callees: ['skew-b'], mediaType: 'Audio', timeoutMs: 30_000 });
    const { members } = await callee.hears('callReceived');
    const deadline = members.find((one: { userId: string }) => one.userId === 'skew-b').deadline;
    expect(deadline - callee.signedIn.serverTime).toBeGreaterThan(25_000);
    expect(deadline - callee.signedIn.serverTime).toBeLessThan(60_000);
  });

  it('9. a refused UserSig says why, to the caller and to the doctor', async ({ expect }) => {
    const now = Math.floor(Date.now() / 1000);
    const command = 'call_record_http_srv/get_record_by_filter';
    for (const [sig, code, words] of [
      [userSig('administrator', now - 1000, 60), 70001, /expired/i],
      [userSig('administrator', now, 600, 'another key'), 70009, /key|signature/i],
      [userSig('somebody', now, 600), 70013, /identifier|user/i],
      ['not a signature', 70003, /decode|illegal|base64/i],
    ] as const) {
      const answer = await sendSigned(command, sig);
      expect(answer).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: code });
      expect(answer.ErrorInfo).toMatch(words);
      expect(answer.ErrorInfo).not.toContain(sig);
    }
    const explained = await ringback
      .cli('usersig', 'explain', userSig('administrator', now - 1000, 60))
      .catch((error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`);
    expect(explained).toMatch(/expired/i);
  });

  it('10. the signature of a webhook holds for its bytes behind a proxy, and for nothing else', async ({ expect }) => {
    const taken: { headers: Record<string, string>; text: string }[] = [];
    const receiver = createServer(async (incoming, response) => {
      let text = '';
      for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
      taken.push({ headers: incoming.headers as Record<string, string>, text });
      response.end('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}');
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    // A proxy that gives the request another path, host and headers, as they do.
    const proxy = createServer((incoming, response) => {
      const headers = { ...incoming.headers, host: 'inside', 'x-forwarded-for': '127.0.0.1' };
      const { port } = receiver.address() as AddressInfo;
      const passed = request({ port, host: '127.0.0.1', method: 'POST', path: '/inside', headers }, (answer) =>
        answer.pipe(response),
      );
      incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/hook`;
    await ringback.cli('webhooks', 'add', 'proxied', url, '--app', String(ringback.sdkAppId), '--events', 'end-call');
    const verifier = new Webhook(await secretOf('proxied'));
    const caller = await device('sign-a');
    await imported('sign-b');
    const { callId } = await caller.ask('call', { callees: ['sign-b'], mediaType: 'Audio', roomId: 'room <1>' });
    await caller.ask('hangUp', { callId });
    const mine = () => taken.find(({ text }) => text.includes(callId));
    await until(() => (mine() === undefined ? 'no webhook yet' : undefined));
    const { headers = {}, text = '' } = mine() ?? {};
    expect(() => verifier.verify(text, headers)).not.toThrow();
    const parsed = JSON.parse(text);
    expect(() => verifier.verify(JSON.stringify({ ...parsed, EventTime: parsed.EventTime + 1 }), headers)).toThrow();
    expect(() => verifier.verify(JSON.stringify(parsed, undefined, 1), headers)).toThrow();
    await ringback.cli('webhooks', 'remove', 'proxied', '--app', String(ringback.sdkAppId));
    for (const one of [proxy, receiver]) {
      one.close();
      one.closeAllConnections();
    }
  });

  it('12. a record is there at once, is complete, and pages through without a gap', async ({ expect }) => {
    const ids: string[] = [];
    const [one, other] = [await device('page-a'), await device('page-b')];
    for (let n = 0; n < 7; n += 1) {
      const { callId } = await one.ask('call', { callees: ['page-b'], mediaType: 'Audio' });
      await other.ask('reject', { callId });
      ids.push(callId);
      expect(await recordOf(callId)).toMatchObject({
        Caller_Account: 'page-a',
        CalleeList_Account: ['page-a', 'page-b'],
        CallResult: 'Reject',
        AcceptTime: 0,
      });
    }
    const window = { CallResult: 'Reject', EndTime: Math.floor(Date.now() / 1000) };
    const seen: string[] = [];
    for (let Page = 1; ; Page += 1) {
      const { Response } = await rest.send('call_record_http_srv/get_record_by_filter', {
        ...window,
        NumberPerPage: 3,
        Page,
      });
      if (Response.Page === 0) break;
      seen.push(...Response.CallRecordList.map((record: { CallId: string }) => record.CallId));
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of ids) expect(seen).toContain(id);
  });

  it('13. a self-hosted server has a console, and a link that lets a person in', async ({ expect }) => {
    const link = (await ringback.cli('console', 'link')).match(/http\S+/)?.[0] ?? '';
    expect(link).toContain('/console');
    const use = (secret: string) =>
      fetch(`${ringback.http}/admin/link/use`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ link: secret, password: 'correct horse' }),
      });
    const secret = link.split('#link=')[1] ?? '';
    const entered = await use(secret);
    expect(await entered.json()).toMatchObject({ role: 'owner' });
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const session = await fetch(`${ringback.http}/admin/session`, { headers: { cookie } });
    expect([session.status, (await session.json()).role]).toEqual([200, 'owner']);
    // Once.
    expect((await use(secret)).status).toBe(410);
    const page = await fetch(`${ringback.http}/console/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toMatch(/<script[^>]+src="\/console\//);
  });

  it('14. a group call goes on when one leaves, also the one who started it, and ends for the last', async ({
    expect,
  }) => {
    const [one, two, three] = [await device('group-a'), await device('group-b'), await device('group-c')];
    const { callId } = await one.ask('call', { callees: ['group-b', 'group-c'], mediaType: 'Audio' });
    for (const each of [two, three]) await each.ask('accept', { callId });
    const stranger = await device('group-d');
    await expect(stranger.ask('hangUp', { callId })).rejects.toThrow();
    await one.ask('hangUp', { callId });
    await three.hears('callChanged', (change) => change.changed[0]?.userId === 'group-a');
    expect(
      (await info(callId)).Response.UserList.map((member: { User_Account: string }) => member.User_Account),
    ).toEqual(['group-b', 'group-c']);
    await two.ask('hangUp', { callId });
    expect(await three.hears('callEnded', (end) => end.callId === callId)).toMatchObject({ result: 'NormalEnd' });
    expect((await info(callId)).ErrorCode).toBe(101004);
  });
});
