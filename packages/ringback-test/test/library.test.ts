import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRingback, type TestRingback } from '../src/index.ts';

let ringback: TestRingback;

beforeAll(async () => {
  ringback = await startRingback();
}, 120_000);

afterAll(() => ringback?.stop());

/** Asks the control port as it is asked, with headers of one's own. */
const asked = (
  headers: Record<string, string>,
  path = '/emulator',
  method = 'GET',
  body = '',
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(`${ringback.controlUrl}${path}`, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** Resolves when the clock moves. */
async function goesOn(): Promise<void> {
  const now = async (): Promise<string> => JSON.parse((await asked({})).text).now;
  for (const before = await now(); (await now()) === before; ) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the library', () => {
  it('reads like a script: bob answers after two seconds, and the record says so', async () => {
    const bob = await ringback.user('bob');
    // Not awaited: what is asked is done in its order.
    void bob.answersAfter('2s');
    const callId = await ringback.call('alice', ['bob'], { media: 'Video' });
    await ringback.advance('62s');
    await bob.hangsUp();
    const record = (await ringback.records()).find((one) => one.CallId === callId);
    expect(record).toMatchObject({ CallResult: 'NormalEnd', MediaType: 'Video', CalleeList_Account: ['alice', 'bob'] });
    expect([
      (record?.AcceptTime ?? 0) - (record?.StartTime ?? 0),
      (record?.EndTime ?? 0) - (record?.AcceptTime ?? 0),
    ]).toEqual([2, 60]);
    const heard = await ringback.webhooks(callId);
    expect(heard.map(({ command, genuine }) => [command, genuine])).toEqual([
      ['Call.CallbackAfterStartCall', true],
      ['Call.CallbackAfterMemberChanged', true],
      ['Call.CallbackAfterMemberChanged', true],
      ['Call.CallbackAfterEndCall', true],
    ]);
  });

  it('lets a ring time out at once, and the REST API tells it', async () => {
    await (await ringback.user('carol')).doesNotAnswer();
    const callId = await ringback.robotCall(['carol'], { timeout: '45s' });
    const before = await ringback.now();
    expect((await ringback.rest('call_engine_http_srv/get_call_info', { CallId: callId })).ErrorCode).toBe(0);
    expect(await ringback.step()).toBe(45_000);
    expect((await ringback.now()).getTime() - before.getTime()).toBe(45_000);
    const { Response } = await ringback.rest('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response?.CallRecord).toMatchObject({ CallResult: 'NotAnswer' });
  });

  it('rings a user whose app does not run by push, who declines with what came', async () => {
    const paul = await ringback.user('paul', { signedIn: false, push: true, devices: ['phone', 'tablet'] });
    expect(await paul.tries('acceptByPush')).toEqual({ refused: 'no_push' });
    const callId = await ringback.call('alice', ['paul']);
    await ringback.advance('3s');
    expect(await paul.does({ declineByPush: 'phone' })).toBe(callId);
    expect(await paul.tries('acceptByPush')).toEqual({ refused: expect.any(String) });
    const mine = (await ringback.pushes()).filter((one) => one.callId === callId);
    expect(mine.map(({ type, userId, device, reason }) => `${type} ${userId} ${device} ${reason}`)).toEqual([
      'ring paul phone ',
      'ring paul tablet ',
      'cancel paul tablet rejected',
    ]);
    expect((await ringback.records()).find((one) => one.CallId === callId)?.CallResult).toBe('Reject');
  });

  it('changes what a user does when called, and refuses to make another of one who is there', async () => {
    const devices = ['phone', 'tablet'];
    const tom = await ringback.user('tom', { devices });
    await tom.answersAfter('1s');
    const callId = await ringback.call('alice', ['tom']);
    await ringback.advance('2s');
    await tom.hangsUp();
    expect((await ringback.records()).find((one) => one.CallId === callId)?.CallResult).toBe('NormalEnd');
    const change = (options: object) => ringback.user('tom', options);
    const sentence = 'tom is there already; only whenCalled can be changed, not ';
    await expect(change({ devices: ['phone'] })).rejects.toThrow(`${sentence}devices.`);
    await expect(change({ push: true, signedIn: false, busy: true })).rejects.toThrow(
      `${sentence}push, signedIn, busy.`,
    );
    await change({ devices, push: false });
    await change({});
    const view = await ringback.control<{ devices: readonly { name: string }[] }>('GET', 'users/tom');
    expect(view.devices.map(({ name }) => name)).toEqual(devices);
  });

  it('makes a user who is busy, while the emulator runs', async () => {
    await (await ringback.user('uma', { busy: true })).answersAfter('0s');
    const callId = await ringback.call('alice', ['uma']);
    await ringback.advance('1s');
    expect((await ringback.records()).find((one) => one.CallId === callId)?.CallResult).toBe('CallBusy');
    await ringback.server({ endCall: 'uma' });
    const next = await ringback.call('alice', ['uma']);
    await ringback.advance('1s');
    await ringback.server({ endCall: 'uma' });
    expect((await ringback.records()).find((one) => one.CallId === next)?.CallResult).toBe('NormalEnd');
  });

  it('tells what a user was refused', async () => {
    const dora = await ringback.user('dora');
    expect(await dora.tries('answer')).toEqual({ refused: expect.any(String) });
    await expect(dora.hangsUp()).rejects.toThrow('dora could not do "hangUp": ');
    await expect(dora.does('fly')).rejects.toThrow('"fly" is not an action');
    await expect(ringback.advance('soon')).rejects.toThrow('is not a duration');
  });

  it('keeps a device of somebody else alive while time is moved', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(ringback.signalling, 'ringback.v1');
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const ask = (id: number, method: string, params: object): Promise<{ result?: { callId?: string } }> =>
      new Promise((resolve) => {
        const hear = (data: unknown): void => {
          const frame = JSON.parse(String(data));
          if (frame.id !== id) return;
          socket.off('message', hear);
          resolve(frame);
        };
        socket.on('message', hear);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      });
    const credentials = { sdkAppId: ringback.sdkAppId, userId: 'eve', userSig: await ringback.userSig('eve') };
    await ask(1, 'signIn', { ...credentials, platform: 'Web', deviceId: 'browser' });
    await (await ringback.user('frank')).doesNotAnswer();
    const { result } = await ask(2, 'call', { callees: ['frank'], mediaType: 'Audio', timeoutMs: 60_000 });
    await ringback.advance('61s');
    const record = (await ringback.records()).find((one) => one.CallId === result?.callId);
    // Not Offline: the device, which does not know of this clock, is asked for signs of life.
    expect(record?.CallResult).toBe('NotAnswer');
    socket.terminate();
  });

  it('ends a long move when somebody says pause, or when who asked for it is gone', async () => {
    await (await ringback.user('gina')).answersAfter('1s');
    await ringback.call('henry', ['gina']);
    await ringback.advance('2s');
    const advance = asked({}, '/emulator/clock', 'POST', '{"advance":"3650d"}');
    await goesOn();
    expect((await asked({}, '/emulator/clock', 'POST', '{"pause":true}')).status).toBe(200);
    expect(JSON.parse((await advance).text).moved).toBeLessThan(3650 * 86_400_000);
    const left = request(`${ringback.controlUrl}/emulator/clock`, { method: 'POST', agent: false });
    left.on('error', () => {});
    left.end('{"advance":"3650d"}');
    await goesOn();
    left.destroy();
    // This comes after the move in the queue.
    await ringback.advance('1s');
    await (await ringback.user('gina')).hangsUp();
  });

  it('cannot be reached from pages in a browser, nor under another name', async () => {
    expect((await asked({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await asked({ host: 'evil.example' })).status).toBe(403);
    expect(await asked({})).toMatchObject({ status: 200 });
  });

  it.each([
    ['GET', '/emulator/nothing', '', 404, 'There is nothing at /emulator/nothing'],
    ['GET', '/emulator/clock', '', 405, '/emulator/clock takes POST'],
    ['POST', '/emulator/clock', '{', 400, 'body:1: this is not YAML'],
    ['POST', '/emulator/clock', '{"advance":"1s","pause":true}', 400, 'say one of'],
    ['POST', '/emulator/clock', '{"step":false}', 400, 'asks for nothing'],
    ['POST', '/emulator/clock', '{"pause":false}', 400, 'asks for nothing'],
    ['GET', '//', '', 400, 'The address is none.'],
    ['POST', '/emulator/clock', 'x'.repeat(70_000), 413, 'larger than 65536'],
    ['POST', '/emulator/users/bob%FF', '"answer"', 400, 'percent-encoded'],
    ['POST', '/emulator/server', '{"endCall":"nobody"}', 400, 'end_call'],
    ['GET', '/emulator/usersig', '', 400, 'is not a user id'],
    ['PUT', '/emulator/users/ed', '{"signature":"expired"}', 400, 'The server has refused ed: '],
    // Nothing of the user is left.
    ['GET', '/emulator/users/ed', '', 400, 'There is no virtual user'],
    ['PUT', '/emulator/users/ed', '{"busy":true,"signedIn":false}', 400, 'ed cannot be busy'],
    ['PUT', '/emulator/users/ed', '{"devices":["tablet"]}', 200, '"name":"tablet"'],
  ])('answers %s %s %j with %d', async (method, path, body, status, text) => {
    const answer = await asked({}, path, method, body.slice(0, 70_000));
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('rejects with the sentence of the program when it cannot start', async () => {
    await expect(startRingback({ preset: 'result-fine' })).rejects.toThrow('There is no preset result-fine.');
  });
});
