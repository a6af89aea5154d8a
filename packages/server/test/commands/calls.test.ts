import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Envelope, Scene } from '../gateway/support.ts';

let scene: Scene;
const start = 'call_engine_http_srv/start_call_by_robot';
const info = 'call_engine_http_srv/get_call_info';

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts(...'abcdefghijklmnop');
});

afterAll(() => scene.close());

/** Nobody is busy when a test begins. */
beforeEach(async () => {
  for (const call of await scene.store.calls.live())
    await scene.send('call_engine_http_srv/end_call', { CallId: call.callId });
});

const request = (change: object = {}, callInfo: object = {}) => ({
  Robot_Account: 'robot',
  CalleeList_Account: ['a'],
  Timeout: 10_000,
  CallInfo: { MediaType: 'Audio', ...callInfo },
  ...change,
});

/** Starts a call and answers it as the server shows it. */
async function started(body: object): Promise<Envelope['Response']> {
  const answer = await scene.send(start, body);
  expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([0, '']);
  return (await scene.send(info, { CallId: answer.Response.CallId })).Response;
}

const lots = 'x'.repeat(1000);

describe('start_call_by_robot', () => {
  it.each([
    ['Video', 'Video'],
    ['audio', 'Audio'],
    ['VIDEO', 'Video'],
  ])('reads the media type %s as %s', async (given, meant) => {
    expect((await started(request({}, { MediaType: given }))).CallInfo.MediaType).toBe(meant);
  });

  it.each([
    ['a string room without a type', { RoomId: 'room 1' }, 'room 1', 2],
    ['a string room of digits', { RoomId: '123' }, '123', 2],
    ['a string room whose type is 0', { RoomId: 'r', RoomIdType: 0 }, 'r', 2],
    ['a string room of 64 bytes', { RoomId: 'r'.repeat(64), RoomIdType: 2 }, 'r'.repeat(64), 2],
    ['a string room of every allowed mark', { RoomId: '!#$%&()+-:;<=.>?@[]^_{}|~,' }, '!#$%&()+-:;<=.>?@[]^_{}|~,', 2],
    ['a numeric room as text', { RoomId: '2147483647', RoomIdType: 1 }, '2147483647', 1],
    ['a numeric room as a number', { RoomId: 1, RoomIdType: 1 }, '1', 1],
  ])('takes %s', async (_, given, roomId, type) => {
    const { CallInfo } = await started(request({}, given));
    expect([CallInfo.RoomId, CallInfo.RoomIdType]).toEqual([roomId, type]);
  });

  it.each([
    ['nothing', {}],
    ['an empty room', { RoomId: '' }],
    ['null', { RoomId: null, RoomIdType: null }],
    ['a type alone', { RoomIdType: 1 }],
  ])('allots the call id as a string room for %s', async (_, given) => {
    const { CallInfo } = await started(request({}, given));
    expect([CallInfo.RoomId, CallInfo.RoomIdType]).toEqual([CallInfo.CallId, 2]);
  });

  it.each([
    ['one callee', ['a'], 'SingleCall'],
    ['two callees', ['a', 'b'], 'MultiCall'],
    ['one callee named twice', ['a', 'a', 'robot'], 'SingleCall'],
  ])('makes of %s a %s', async (_, callees, _type) => {
    const { UserList } = await started(request({ CalleeList_Account: callees }));
    const rung = [...new Set(callees)].filter((name) => name !== 'robot');
    expect(UserList).toEqual([
      { User_Account: 'robot', Status: 'Calling' },
      ...rung.map((name) => ({ User_Account: name, Status: 'Waiting' })),
    ]);
  });

  it('rings eight, and no nine, unless the application allows more', async () => {
    const letters = [...'abcdefghi'];
    expect((await scene.send(start, request({ CalleeList_Account: letters.slice(1) }))).ErrorCode).toBe(0);
    const nine = await scene.send(start, request({ CalleeList_Account: letters }));
    expect([nine.ErrorCode, nine.ErrorInfo]).toEqual([101002, 'CalleeList_Account length must be between 1 and 8']);
    await scene.change({ overrides: { maxMembers: 12 } });
    const twelve = await scene.send(start, request({ CalleeList_Account: [...'abcdefghijkl'] }));
    expect([twelve.ErrorCode, twelve.ErrorInfo]).toEqual([
      101002,
      'CalleeList_Account length must be between 1 and 11',
    ]);
    await scene.change({ overrides: {} });
  });

  it.each([
    ['no robot', request({ Robot_Account: undefined }), 'Robot_Account is required'],
    [
      'a robot of 33 bytes',
      request({ Robot_Account: 'r'.repeat(33) }),
      'Robot_Account must be 1 to 32 printable ASCII characters',
    ],
    ['an empty robot', request({ Robot_Account: '' }), 'Robot_Account must be 1 to 32 printable ASCII characters'],
    ['no callees', request({ CalleeList_Account: undefined }), 'CalleeList_Account is required'],
    ['null for callees', request({ CalleeList_Account: null }), 'CalleeList_Account is required'],
    ['an empty list', request({ CalleeList_Account: [] }), 'CalleeList_Account length must be between 1 and 8'],
    [
      'the robot alone',
      request({ CalleeList_Account: ['robot'] }),
      'CalleeList_Account length must be between 1 and 8',
    ],
    [
      'a callee that is no UserID',
      request({ CalleeList_Account: ['a', 'bÿ'] }),
      'CalleeList_Account[1] must be 1 to 32 printable ASCII characters',
    ],
    ['no time-out', request({ Timeout: undefined }), 'Timeout is required'],
    ['a time-out that is too short', request({ Timeout: 9999 }), 'Timeout must be at least 10000'],
    ['a time-out that is too long', request({ Timeout: 600_001 }), 'Timeout must be at most 600000'],
    ['a time-out as text', request({ Timeout: '30000' }), 'Timeout must be an integer'],
    ['a time-out with a fraction', request({ Timeout: 10_000.5 }), 'Timeout must be an integer'],
    ['user data of 1001 bytes', request({ UserData: `${lots}x` }), 'UserData must not be longer than 1000 bytes'],
    [
      'user data of 1001 bytes in 501 characters',
      request({ UserData: `${'é'.repeat(500)}x` }),
      'UserData must not be longer than 1000 bytes',
    ],
    ['user data that is an object', request({ UserData: {} }), 'UserData must be a string'],
    ['no CallInfo', request({ CallInfo: undefined }), 'CallInfo is required'],
    ['a CallInfo that is a list', request({ CallInfo: [] }), 'CallInfo must be an object'],
    ['no media type', request({}, { MediaType: undefined }), 'CallInfo.MediaType is required'],
    ['an unknown media type', request({}, { MediaType: 'Screen' }), 'CallInfo.MediaType must be one of Video, Audio'],
    ['an unknown room type', request({}, { RoomIdType: 3 }), 'CallInfo.RoomIdType must be at most 2'],
    [
      'a numeric room of 0',
      request({}, { RoomId: '0', RoomIdType: 1 }),
      'CallInfo.RoomId must be a decimal from 1 to 2147483647 when RoomIdType is 1',
    ],
    [
      'a numeric room beyond the bound',
      request({}, { RoomId: 2_147_483_648, RoomIdType: 1 }),
      'CallInfo.RoomId must be a decimal from 1 to 2147483647 when RoomIdType is 1',
    ],
    [
      'a room that is a number without being numeric',
      request({}, { RoomId: 5 }),
      'CallInfo.RoomId must be a string unless RoomIdType is 1',
    ],
    [
      'a string room of 65 bytes',
      request({}, { RoomId: 'r'.repeat(65) }),
      'CallInfo.RoomId must be 1 to 64 letters, digits, blanks and marks of the documented alphabet',
    ],
    [
      'a string room with a quote',
      request({}, { RoomId: 'a"b' }),
      'CallInfo.RoomId must be 1 to 64 letters, digits, blanks and marks of the documented alphabet',
    ],
  ])('refuses %s and names the field', async (_, body, info) => {
    const answer = await scene.send(start, body);
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([101002, info]);
    expect(await scene.store.calls.live()).toEqual([]);
  });

  it('takes user data of exactly 1000 bytes', async () => {
    expect((await scene.send(start, request({ UserData: lots }))).ErrorCode).toBe(0);
  });

  it('refuses when nobody who is called has an account, and names the field', async () => {
    const answer = await scene.send(start, request({ CalleeList_Account: ['stranger'] }));
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([101002, 'CalleeList_Account: none of these accounts exists']);
  });

  it('answers 0 for a callee who is busy', async () => {
    await scene.send(start, request());
    const second = await scene.send(start, request({ CalleeList_Account: ['a', 'b'] }));
    expect(second.Response.CallResult).toEqual([
      { Callee_Account: 'a', ResultCode: 0 },
      { Callee_Account: 'b', ResultCode: 0 },
    ]);
    const { UserList } = (await scene.send(info, { CallId: second.Response.CallId })).Response;
    expect(UserList.map((one: { User_Account: string }) => one.User_Account)).toEqual(['robot', 'b']);
  });

  it('keeps the request, its administrator and its address in the history', async () => {
    const answer = await scene.send(start, request());
    const history = await scene.store.calls.history(scene.app.sdkAppId, answer.Response.CallId, 0);
    expect(history[0]).toMatchObject({
      type: 'start',
      cause: 'rest',
      actor: 'administrator',
      requestId: answer.RequestId,
    });
    const call = await scene.store.calls.read(scene.app.sdkAppId, answer.Response.CallId);
    expect(call?.origin).toEqual({ clientIp: '127.0.0.1', platform: 'RESTAPI' });
  });
});

describe('a CallId', () => {
  it.each([
    ['that nobody has', '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31'],
    ['that is no UUID', 'abc'],
    ['that is empty', ''],
    ['in capitals', '0D5EF0A6-6C1C-4B09-9C1E-5F0A4B7E2D31'],
    ['of a megabyte, almost', 'x'.repeat(60_000)],
  ])('%s is unknown', async (_, CallId) => {
    expect((await scene.send(info, { CallId })).ErrorCode).toBe(101004);
    expect((await scene.send('call_engine_http_srv/end_call', { CallId })).ErrorCode).toBe(101004);
    expect((await scene.send('call_record_http_srv/get_record_by_callid', { CallId })).ErrorCode).toBe(101050);
  });

  it.each([
    ['a number', 5, 'CallId must be a string'],
    ['an object', {}, 'CallId must be a string'],
    ['a list', ['x'], 'CallId must be a string'],
    ['missing', undefined, 'CallId is required'],
    ['null', null, 'CallId is required'],
  ])('that is %s is a wrong parameter', async (_, CallId, sentence) => {
    for (const path of [info, 'call_engine_http_srv/end_call', 'call_record_http_srv/get_record_by_callid']) {
      const answer = await scene.send(path, { CallId });
      expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([101002, sentence]);
    }
  });

  it('of another application is unknown', async () => {
    const other = { ...scene.app, sdkAppId: (scene.app.sdkAppId + 1) as typeof scene.app.sdkAppId };
    await scene.store.apps.save(other);
    const { CallId } = (await scene.send(start, request())).Response;
    expect((await scene.send(info, { CallId }, { app: other.sdkAppId })).ErrorCode).toBe(101004);
    expect((await scene.send('call_engine_http_srv/end_call', { CallId }, { app: other.sdkAppId })).ErrorCode).toBe(
      101004,
    );
    expect((await scene.send(info, { CallId })).ErrorCode).toBe(0);
  });
});

describe('get_call_info', () => {
  it('tells that a call has ended', async () => {
    const { CallId } = (await scene.send(start, request())).Response;
    expect((await scene.send(info, { CallId })).Response.EventSeq).toBe(1);
    await scene.send('call_engine_http_srv/end_call', { CallId });
    const answer = await scene.send(info, { CallId });
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([101004, 'The call has already ended.']);
  });
});
