import { randomUUID } from 'node:crypto';
import { bounds, type CallId, callId, deviceId, Refusal, type UserId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAnswerToken } from '../../src/push/answer-token.ts';
import { AnswerTries } from '../../src/push/answer-tries.ts';
import { PushAnswers } from '../../src/push/answers.ts';
import { RawClient, Scene } from '../gateway/support.ts';

let scene: Scene;
let call = callId('00000000-0000-4000-8000-000000000000');

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('bob', 'carol');
});
afterAll(() => scene.close());

beforeEach(async () => {
  for (const one of await scene.store.calls.live()) {
    await scene.send('call_engine_http_srv/end_call', { CallId: one.callId });
  }
  const { Response } = await scene.send('call_engine_http_srv/start_call_by_robot', {
    Robot_Account: 'robot',
    CalleeList_Account: ['bob', 'carol'],
    Timeout: 30_000,
    CallInfo: { MediaType: 'Audio' },
  });
  call = callId(Response.CallId);
});

async function token(change: object = {}): Promise<string> {
  const live = await scene.store.calls.read(scene.app.sdkAppId, call);
  const deadline = live?.members.find((one) => one.userId === 'bob')?.deadline ?? 0;
  return signed({ deadline, ...change });
}

function signed(change: { readonly deadline: number; readonly callId?: CallId; readonly userId?: UserId }): string {
  const right = {
    app: scene.app.sdkAppId,
    callId: call,
    userId: userId('bob'),
    device: deviceId('bob-phone'),
  };
  const [key = { id: '', secret: '', createdAt: 0 }] = scene.app.keys;
  return makeAnswerToken({ ...right, ...change }, key);
}

async function answer(action: string, body: string, headers: Record<string, string> = {}) {
  const client = await RawClient.open(scene.port);
  client.post(`/push/${action}`, body, { 'Content-Type': 'application/json', ...headers });
  const got = await client.answer();
  client.close();
  return { status: got.status, body: JSON.parse(got.body), cors: got.headers.get('access-control-allow-origin') };
}

/** Answers of their own, of which it is counted how often they look a call up; `fail` is thrown by the look-up. */
function countedAnswers() {
  const { apps, pushLog: log } = scene.store;
  const counts: { looks: number; fail: Error | undefined } = { looks: 0, fail: undefined };
  const get = (...args: Parameters<typeof scene.calls.get>) => {
    counts.looks += 1;
    return counts.fail === undefined ? scene.calls.get(...args) : Promise.reject(counts.fail);
  };
  const apply = scene.calls.apply.bind(scene.calls);
  const answers = new PushAnswers({ apps, calls: { get, apply }, log, clock: scene.clock });
  /** What becomes of an answer, in a word. */
  const use = (text: string, action: 'accept' | 'reject' = 'accept'): Promise<string> =>
    answers.answer(action, text, '127.0.0.1').then(
      () => 'ok',
      (error: unknown) => (error instanceof Refusal ? error.reason : 'broken'),
    );
  return { counts, answers, use };
}

const ofCarol = (): Promise<string> => token({ userId: userId('carol'), device: deviceId('carol-phone') });

const statusOfBob = async () =>
  (await scene.store.calls.read(scene.app.sdkAppId, call))?.members.find((one) => one.userId === 'bob');

describe('the token of a push', () => {
  it.each([
    ['reject', 'Reject'],
    ['ignore', 'Busy'],
  ])('%ss the call of its user without a sign-in, from a page of any origin', async (action, outcome) => {
    const got = await answer(action, JSON.stringify({ token: await token() }));
    expect(got).toEqual({ status: 200, body: { ok: true }, cors: '*' });
    expect(await statusOfBob()).toMatchObject({ status: 'Gone', outcome });
  });

  it('accepts it for the device that was pushed; again is as good, and after that nothing else is', async () => {
    const good = await token();
    expect((await answer('accept', '', { Authorization: `Bearer ${good}` })).status).toBe(200);
    expect(await statusOfBob()).toMatchObject({ status: 'Calling', device: 'bob-phone' });
    expect((await answer('accept', JSON.stringify({ token: good }))).status).toBe(200);
    const other = JSON.stringify({
      token: await token({ device: deviceId('other'), deadline: scene.clock.now() + 9000 }),
    });
    expect(await answer('reject', other)).toMatchObject({ status: 409, body: { error: 'answered_elsewhere' } });
  });

  it.each(['reject', 'ignore'])('%ss once: again is as good, and after that nothing else is', async (action) => {
    const good = JSON.stringify({ token: await token() });
    const other = action === 'reject' ? 'ignore' : 'reject';
    for (let n = 0; n < 3; n += 1)
      expect(await answer(action, good)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await answer(other, good)).toMatchObject({ status: 410, body: { error: 'not_waiting' } });
    expect(await answer(action, good)).toMatchObject({ status: 200 });
  });

  it('is not for hammering: what comes too often is told to wait, and does no harm to others', async () => {
    const good = JSON.stringify({ token: await token() });
    const carol = JSON.stringify({ token: await ofCarol() });
    await answer('accept', good);
    for (let n = 1; n < 10; n += 1) expect((await answer('reject', good)).status).toBe(410);
    const got = await fetch(`http://127.0.0.1:${scene.port}/push/accept`, { method: 'POST', body: good });
    expect([got.status, got.headers.get('retry-after'), await got.json()]).toEqual([
      429,
      '10',
      { error: 'too_fast', detail: expect.stringMatching(/too often/) },
    ]);
    expect(await answer('accept', carol)).toMatchObject({ status: 200 });
    scene.clock.advance(10_000);
    expect(await answer('accept', good)).toMatchObject({ status: 200 });
    // What says the same as the line before it is not in the log.
    const log = () => scene.store.pushLog.recent(scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 100);
    const said = async () =>
      (await log()).filter((one) => one.callId === call).map(({ event }) => 'userId' in event && event.userId);
    await expect.poll(said).toEqual(['bob', 'bob', 'carol', 'bob']);
  });

  it('is not for hammering when it is of no invitation, either: the call is not looked up for it more than ten times', async () => {
    const deadline = scene.clock.now() + 9000;
    const stale = JSON.stringify({ token: signed({ deadline }) });
    const none = JSON.stringify({ token: await token({ callId: callId(randomUUID()) }) });
    for (const body of [stale, none]) {
      for (let n = 0; n < 10; n += 1) expect((await answer('reject', body)).status).toBe(410);
      expect(await answer('reject', body)).toMatchObject({ status: 429, body: { error: 'too_fast' } });
    }
    expect((await answer('reject', JSON.stringify({ token: await token() }))).status).toBe(200);
    scene.clock.advance(10_000);
    expect((await answer('reject', none)).status).toBe(410);
  });

  it('has to wait with all of its application that are of no invitation, once these are very many; who is rung has not', async () => {
    const { counts, use } = countedAnswers();
    const known = await token();
    const carol = await ofCarol();
    await use(known);
    counts.looks = 0;
    const deadline = scene.clock.now() + 20_000;
    const said: Record<string, number> = {};
    for (let n = 0; n < 3000; n += 1) {
      const reason = await use(signed({ deadline: deadline + n, userId: userId(`user-${n % 60}`) }));
      said[reason] = (said[reason] ?? 0) + 1;
    }
    expect([counts.looks, said.too_fast]).toEqual([1000, 2000]);
    expect(await use(known)).toBe('ok');
    expect(await use(carol, 'reject')).toBe('ok');
    scene.clock.advance(10_000);
    expect(await use(signed({ deadline }))).not.toBe('too_fast');
  });

  it('is looked up a bounded number of times, whatever users the holder of a key makes up', async () => {
    const { counts, use } = countedAnswers();
    const deadline = scene.clock.now() + 20_000;
    for (let n = 0; n < 4000; n += 1) await use(signed({ deadline, userId: userId(`user-${n}`) }));
    expect(counts.looks).toBe(2000);
  });

  it('of no invitation is a matter of its user first: their many old ones keep nobody else from answering', async () => {
    const { counts, use } = countedAnswers();
    const deadline = scene.clock.now() + 9000;
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 110; n += 1) {
        const reason = await use(
          signed({ deadline: deadline + n, callId: callId('00000000-0000-4000-8000-000000000001') }),
        );
        expect(reason).toBe(round === 0 && n < 50 ? 'no_such_call' : 'too_fast');
      }
    }
    expect(counts.looks).toBe(50);
    expect(await use(await ofCarol(), 'reject')).toBe('ok');
    expect(await use(await token(), 'reject')).toBe('too_fast');
    scene.clock.advance(10_000);
    expect(await use(await token(), 'reject')).toBe('ok');
  });

  it.each([
    ['the store says so', new Refusal('internal')],
    ['something breaks', new Error('no database')],
  ])('counts for nothing when its call cannot be read: %s', async (_, fail) => {
    const { counts, answers, use } = countedAnswers();
    const good = await token();
    counts.fail = fail;
    for (let n = 0; n < 60; n += 1)
      expect(await use(good, 'reject')).toBe(fail instanceof Refusal ? 'internal' : 'broken');
    counts.fail = undefined;
    expect(answers.remembered).toEqual({ ringing: 0, void: 0 });
    expect(await use(good, 'reject')).toBe('ok');
  });

  it('is good for its call, its user and its ring, until the deadline, and is not to be made up', async () => {
    const good = await token();
    const deadline = (await statusOfBob())?.deadline ?? 0;
    const forged = makeAnswerToken(
      { app: scene.app.sdkAppId, callId: call, userId: userId('bob'), device: deviceId('x'), deadline },
      { id: 'k9', secret: 'another-secret', createdAt: 0 },
    );
    const [head, fields, mac] = good.split('.');
    const carol = Buffer.from(fields ?? '', 'base64url')
      .toString()
      .replace('bob', 'carol');
    const moved = `${head}.${Buffer.from(carol).toString('base64url')}.${mac}`;
    for (const bad of [forged, moved, `${good}x`, 'rb1.e30.x', '...', 'x', `rb2.${fields}.${mac}`]) {
      expect(await answer('reject', JSON.stringify({ token: bad }))).toMatchObject({ status: 401 });
    }
    const later = await token({ deadline: deadline + 1 });
    expect(await answer('reject', JSON.stringify({ token: later }))).toMatchObject({ status: 410 });
    expect(await statusOfBob()).toMatchObject({ status: 'Waiting' });
    scene.clock.advance(30_000);
    expect((await answer('reject', JSON.stringify({ token: good }))).status).toBe(410);
  });

  it('is of no ring when it is good for longer than any: then it is none of this server', async () => {
    for (const deadline of [scene.clock.now() + bounds.ringTimeoutMax + 120_000, 9e15]) {
      const far = JSON.stringify({ token: await token({ deadline }) });
      expect(await answer('accept', far)).toMatchObject({ status: 401, body: { error: 'usersig_illegal' } });
    }
    expect(await statusOfBob()).toMatchObject({ status: 'Waiting' });
  });

  it('takes memory only where it is of a call that rings, however many a holder of the key signs', async () => {
    const { apps, pushLog: log } = scene.store;
    const answers = new PushAnswers({ apps, calls: scene.calls, log, clock: scene.clock });
    await answers.answer('accept', await token(), '127.0.0.1');
    const deadline = (await scene.store.calls.read(scene.app.sdkAppId, call))?.members.find(
      (one) => one.userId === 'carol',
    )?.deadline as number;
    const made = [
      () => ({ callId: callId(randomUUID()) }),
      () => ({ userId: userId(`stranger-${randomUUID()}`) }),
      () => ({ userId: userId('carol'), deadline: deadline + 1 + Math.floor(Math.random() * 1000) }),
      () => ({ deadline: Number.MAX_SAFE_INTEGER - Math.floor(Math.random() * 1000) }),
    ];
    let refused = 0;
    for (let n = 0; n < 100_000; n += 1) {
      const change = { deadline, ...made[n % made.length]?.() };
      await answers.answer('reject', signed(change), '127.0.0.1').catch((error) => {
        if (error instanceof Refusal) refused += 1;
      });
    }
    expect([refused, answers.remembered.ringing]).toEqual([100_000, 1]);
    expect(answers.remembered.void).toBeLessThanOrEqual(1000);
    scene.clock.advance(10_000);
    const other = signed({ deadline: scene.clock.now() + 9000, callId: callId(randomUUID()) });
    await answers.answer('reject', other, '127.0.0.1').catch(() => {});
    expect(answers.remembered).toEqual({ ringing: 1, void: 1 });
  }, 60_000);

  it('is forgotten when very many others came since, and others are not told to wait for it', () => {
    const tries = new AnswerTries();
    for (let n = 0; n < 100_000; n += 1)
      if (tries.use(`token-${n}`, 600_000, n) === undefined) throw new Error('has to wait');
    expect(tries.size).toBeLessThanOrEqual(20_000);
    expect(['token-79999', 'token-82000', 'token-99999'].map((one) => tries.has(one))).toEqual([false, true, true]);
  });

  it('is missing, or the request is broken: the answer says what is expected', async () => {
    expect(await answer('reject', '')).toMatchObject({ status: 400 });
    expect(await answer('reject', '{"token":7}')).toMatchObject({ status: 400, body: { error: 'bad_params' } });
    expect(await answer('reject', '{')).toMatchObject({ status: 400 });
    expect(await answer('reject', JSON.stringify({ token: 'x'.repeat(9000) }))).toMatchObject({ status: 413 });
    expect(await answer('dance', JSON.stringify({ token: await token() }))).toMatchObject({ status: 404 });
  });

  it('is taken with a slash at the end too', async () => {
    expect(await answer('reject/', JSON.stringify({ token: await token() }))).toMatchObject({ status: 200 });
    expect(await statusOfBob()).toMatchObject({ status: 'Gone', outcome: 'Reject' });
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PROPFIND'])('is for POST: %s is told so by its status', async (method) => {
    for (const path of ['/push/reject', '/push/reject/', '/push/dance']) {
      const got = await fetch(`http://127.0.0.1:${scene.port}${path}`, { method });
      expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
      if (method !== 'HEAD') expect(await got.json()).toMatchObject({ error: 'method_not_allowed' });
    }
  });

  it('may be sent in its header by pages of any origin', async () => {
    const headers = {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    };
    const got = await fetch(`http://127.0.0.1:${scene.port}/push/reject`, { method: 'OPTIONS', headers });
    expect(got.status).toBe(204);
    expect(got.headers.get('access-control-allow-origin')).toBe('*');
    expect(got.headers.get('access-control-allow-methods')).toBe('POST');
    expect(got.headers.get('access-control-allow-headers')?.toLowerCase().split(/, */)).toContain('authorization');
  });

  it('leaves a note of what was answered, and with what result', async () => {
    const good = JSON.stringify({ token: await token() });
    await answer('reject', good);
    await answer('accept', good);
    const log = () => scene.store.pushLog.recent(scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 100);
    await expect
      .poll(async () => (await log()).filter((one) => one.callId === call).map(({ event }) => event))
      .toMatchObject([
        { what: 'answered', action: 'reject', refusal: '' },
        { what: 'answered', action: 'accept', refusal: 'not_waiting' },
      ]);
  });
});
