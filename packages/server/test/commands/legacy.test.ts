import { deviceId, legacyActions } from 'ringback-protocol';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineCommand } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { RawClient, Scene, type Signing, startOfTime, user } from '../gateway/support.ts';

let scene: Scene;
const byId = 'v1/records/get_record_by_callId';
const byFilter = 'v1/records/get_records_by_filter';
const phone = deviceId('phone');

const failing = defineCommand({
  version: 'v1',
  service: 'records',
  command: 'fails',
  summary: 'Fails.',
  description: 'Fails.',
  request: Type.Object({}),
  response: Type.Object({}),
  errors: [],
  examples: [],
  handle() {
    throw new Error('a defect');
  },
});

beforeAll(async () => {
  scene = await Scene.open({ commands: [...commands, failing] });
  await scene.accounts('alice', 'bob', 'carol');
});
afterAll(() => scene.close());

// biome-ignore lint/suspicious/noExplicitAny: answers are judged member by member.
type LegacyAnswer = any;

async function send(command: string, body: unknown, signing: Signing = {}): Promise<LegacyAnswer> {
  return scene.send(command, body, signing);
}

/** A call of alice's that ended as the test says; its id. */
async function call(callees: readonly string[], accept: boolean): Promise<string> {
  const origin = { clientIp: '127.0.0.1', platform: 'Web' } as const;
  const by = (name: string) => ({ cause: 'device', actor: user(name), device: phone, requestId: '', origin }) as const;
  const { app, calls, clock } = scene;
  const { callId } = await calls.start(
    app,
    {
      caller: user('alice'),
      robot: false,
      device: phone,
      callees: callees.map(user),
      mediaType: 'Audio',
      chatGroupId: '',
      roomId: '77',
      roomIdType: 1,
      userData: '',
      timeout: 30_000,
    },
    by('alice'),
  );
  clock.advance(2000);
  if (accept) await calls.apply(app, callId, { type: 'accept', userId: user('bob'), device: phone }, by('bob'));
  clock.advance(3000);
  if (callees.length > 1) await calls.apply(app, callId, { type: 'end' }, by('alice'));
  else await calls.apply(app, callId, { type: 'hangUp', userId: user('alice'), device: phone }, by('alice'));
  return callId;
}

describe('the legacy envelope', () => {
  it('is the same for success and failure: errorCode, errorMessage, requestId, data', async () => {
    const good = await send('v1/callback/delete', {});
    expect(good).toEqual({
      errorCode: 0,
      errorMessage: 'Success',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      data: '',
    });
    const bad = await send(byId, {});
    expect(bad).toEqual({
      errorCode: 70001,
      errorMessage: 'callId is required',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      data: '',
    });
    expect(scene.lines.some((line) => line.includes(`"requestId":"${bad.requestId}"`))).toBe(scene.lines.length > 0);
  });

  it.each<[string, number, () => Promise<LegacyAnswer>]>([
    ['a missing parameter', 70001, () => send(byId, {})],
    ['a parameter of another type', 70001, () => send(byFilter, { startTimestamp: 'now' })],
    ['an application that is not there', 70001, () => send(byId, {}, { app: 5 })],
    ['a wrong signature', 70002, () => send(byId, {}, { key: 'another key' })],
    ['a signature of somebody else', 70002, () => send(byId, {}, { sigIdentifier: 'alice' })],
    ['an expired signature', 70003, () => send(byId, {}, { time: startOfTime - 90_000 })],
    ['somebody who is no administrator', 70004, () => send(byId, {}, { identifier: 'alice' })],
    ['a body that is a list', 70009, () => send(byId, [])],
    ['a call that does not exist', 101050, () => send(byId, { callId: 'x' })],
    ['a command that does not exist', 60009, () => send('v1/records/nothing', {})],
    ['a defect of the server', 101001, () => send('v1/records/fails', {})],
  ])('answers %s with %i', async (_, code, ask) => {
    const answer = await ask();
    expect([answer.errorCode, answer.data]).toEqual([code, '']);
    expect(answer.errorMessage).not.toBe('');
  });

  it.each([
    ['disabled', { disabled: true }],
    ['expired', { packageExpiresAt: 1 }],
  ])('answers 50001 when the application is %s', async (_, change) => {
    await scene.change(change);
    expect((await send(byId, {})).errorCode).toBe(50001);
    await scene.change({ disabled: false, packageExpiresAt: 0 });
  });

  it('answers an empty body and broken JSON with 70009, always with HTTP 200', async () => {
    for (const body of ['', '{', 'null']) {
      const client = await RawClient.open(scene.port);
      client.post(scene.target(byId), body);
      const answer = await client.answer();
      client.close();
      expect([answer.status, (answer.json() as LegacyAnswer).errorCode]).toEqual([200, 70009]);
    }
  });

  it.each([
    [byId, { callId: 'x' }, 20],
    ['v1/callback/get', {}, 10],
    ['v1/callback/set', {}, 10],
  ])('lets %s through so often as documented, then answers 70005', async (command, body, rate) => {
    const own = await Scene.open();
    const client = await RawClient.open(own.port);
    const codes: number[] = [];
    for (let n = 0; n < rate + 5; n += 1) {
      client.post(own.target(command), JSON.stringify(body));
      codes.push(((await client.answer()).json() as LegacyAnswer).errorCode);
    }
    client.close();
    await own.close();
    expect(codes.slice(0, rate)).not.toContain(70005);
    expect(codes.slice(rate)).toEqual(Array(5).fill(70005));
  });
});

describe('legacy records', () => {
  it('are the records of the API in other words', async () => {
    const id = await call(['bob'], true);
    const { CallRecord } = (await scene.send('call_record_http_srv/get_record_by_callid', { CallId: id })).Response;
    expect((await send(byId, { callId: id })).data).toEqual({
      callId: id,
      sdkAppId: scene.app.sdkAppId,
      mediaType: 'audio',
      roomId: '77',
      startCallTs: CallRecord.StartTime,
      acceptTs: CallRecord.AcceptTime,
      endTs: CallRecord.EndTime,
      caller: 'alice',
      totalUserNumber: 2,
      callType: 'single',
      callResult: 'normal_end',
      callees: ['alice', 'bob'],
    });
  });

  it('are found by time, result and type, a hundred on a page unless asked otherwise', async () => {
    const group = await call(['bob', 'carol'], true);
    const missed = await call(['carol'], false);
    const startTimestamp = startOfTime - 1000;
    const ids = async (filter: object) =>
      (await send(byFilter, { startTimestamp, ...filter })).data.callRecordList.map((one: LegacyAnswer) => one.callId);
    expect(await ids({ callType: 'group' })).toEqual([group]);
    expect(await ids({ callResult: 'cancel' })).toEqual([missed]);
    expect(await ids({ callResult: 'reject' })).toEqual([]);
    const all = await ids({});
    expect(all.length).toBe(3);
    // A start from long ago is raised to the earliest there is, and the end goes with it.
    expect(await ids({ startTimestamp: 0 })).toEqual(all);
    const pages = [];
    for (let page = 1; page <= 4; page += 1) {
      const { data } = await send(byFilter, { startTimestamp, numberPerPage: 1, page });
      expect(data.totalNum).toBe(3);
      pages.push([data.page, data.callRecordList.map((one: LegacyAnswer) => one.callId)]);
    }
    expect(pages).toEqual([
      [1, [all[0]]],
      [2, [all[1]]],
      [3, [all[2]]],
      [0, []],
    ]);
    expect((await send(byFilter, { startTimestamp: 5, endTimestamp: 4 })).errorCode).toBe(70001);
    expect((await send(byFilter, {})).errorCode).toBe(70001);
  });
});

describe('the legacy callback', () => {
  const address = 'https://example.com/old';

  it('is set, read, changed and deleted', async () => {
    expect((await send('v1/callback/get', {})).errorCode).toBe(999);
    expect((await send('v1/callback/update', { address, actions: ['cancel'] })).errorCode).toBe(999);
    expect(await send('v1/callback/set', { address, actions: [...legacyActions] })).toMatchObject({
      errorCode: 0,
      data: address,
    });
    expect((await send('v1/callback/get', {})).data).toEqual({ address, actions: [...legacyActions] });
    const other = { address: 'http://example.org/x', actions: ['normal_end'] };
    expect((await send('v1/callback/update', other)).data).toBe(other.address);
    expect((await send('v1/callback/get', {})).data).toEqual(other);
    expect((await send('v1/callback/delete', {})).data).toBe('');
    expect((await send('v1/callback/get', {})).errorCode).toBe(999);
    // That of the API is another one.
    expect((await scene.send('call_config/get_callback', {})).ErrorCode).toBe(100301);
  });
});

describe('a legacy callback', () => {
  it.each([
    ['no scheme', { address: 'example.com', actions: ['cancel'] }],
    ['a private address', { address: 'http://10.0.0.1', actions: ['cancel'] }],
    ['no actions', { address: 'https://example.com', actions: [] }],
    ['an unknown action', { address: 'https://example.com', actions: ['call_end'] }],
    ['no address', { actions: ['cancel'] }],
  ])('with %s is refused with 70001', async (_, body) => {
    scene.clock.advance(1000);
    const own = await Scene.open();
    const answer: LegacyAnswer = await own.send('v1/callback/set', body);
    await own.close();
    expect(answer.errorCode).toBe(70001);
    expect(answer.errorMessage).toMatch(/address|actions/);
  });
});
