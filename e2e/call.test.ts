import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from './support/device.ts';
import { RestCaller } from './support/rest.ts';
import { Ringback } from './support/ringback.ts';

let ringback: Ringback;
let rest: RestCaller;
const devices: Device[] = [];

/** A signed-in device that is put away at the end. */
async function device(userId: string, deviceId?: string): Promise<Device> {
  const one = new Device(userId, deviceId);
  devices.push(one);
  await one.signIn(ringback);
  return one;
}

beforeAll(async () => {
  ringback = await Ringback.start();
  rest = new RestCaller(ringback);
});

afterAll(async () => {
  for (const one of devices) one.drop();
  rest.close();
  await ringback.dispose();
});

describe('a call between two sockets, watched over HTTPS', () => {
  it('rings, is answered, is seen by the server, is hung up, and leaves its record', async () => {
    const alice = await device('alice');
    const bob = await device('bob');

    const { callId, role, results } = await alice.ask('call', {
      callees: ['bob'],
      mediaType: 'Video',
      userData: 'hello',
    });
    expect(role).toBe('caller');
    expect(results).toEqual([{ userId: 'bob', code: 0 }]);
    const rung = await bob.hears('callReceived');
    expect(rung).toMatchObject({
      callId,
      caller: 'alice',
      mediaType: 'Video',
      callType: 'SingleCall',
      userData: 'hello',
    });

    const ringing = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(ringing).toMatchObject({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: '',
      Response: {
        CallInfo: { CallId: callId, MediaType: 'Video', ChatGroupId: '', RoomId: callId, RoomIdType: 2 },
        UserList: [
          { User_Account: 'alice', Status: 'Calling' },
          { User_Account: 'bob', Status: 'Waiting' },
        ],
      },
    });
    expect((await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId })).ErrorCode).toBe(101050);

    await bob.ask('accept', { callId });
    await alice.hears('callChanged', (params) => params.changed[0]?.action === 'Answer');
    await bob.ask('hangUp', { callId });
    expect(await alice.hears('callEnded')).toMatchObject({ callId, reason: 1, userId: 'bob', result: 'NormalEnd' });
    expect(await bob.hears('callEnded')).toMatchObject({ callId, reason: 1, userId: 'bob', result: 'NormalEnd' });
    expect(bob.log.filter((one) => one.startsWith('answer:') || one.startsWith('call'))).toEqual([
      'answer:signIn',
      'callReceived',
      'answer:accept',
      'callChanged',
      'answer:hangUp',
      'callEnded',
    ]);

    const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord).toMatchObject({
      CallId: callId,
      Caller_Account: 'alice',
      MediaType: 'Video',
      CallType: 'SingleCall',
      CallResult: 'NormalEnd',
      CalleeList_Account: ['alice', 'bob'],
    });
    expect((await rest.send('call_engine_http_srv/get_call_info', { CallId: callId })).ErrorCode).toBe(101004);
    const page = await rest.send('call_record_http_srv/get_record_by_filter', {});
    expect(page.Response.CallRecordList.map((one: { CallId: string }) => one.CallId)).toContain(callId);
  });

  it('that a server starts for a robot is ended by the server, and the phone is told', async () => {
    const carol = await device('carol');
    const started = await rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['carol', 'nobody'],
      Timeout: 30_000,
      CallInfo: { MediaType: 'Audio' },
    });
    expect(started.Response.CallResult).toEqual([
      { Callee_Account: 'carol', ResultCode: 0 },
      { Callee_Account: 'nobody', ResultCode: 70107 },
    ]);
    const callId = started.Response.CallId;
    await carol.hears('callReceived', (params) => params.callId === callId);
    await carol.ask('accept', { callId });
    expect((await rest.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(0);
    expect(await carol.hears('callEnded')).toMatchObject({ callId, reason: 9 });
    expect((await rest.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(101004);
  });

  it('both dialling each other at once end up in one call', async () => {
    const dan = await device('dan');
    const eve = await device('eve');
    const [first, second] = await Promise.all([
      dan.ask('call', { callees: ['eve'], mediaType: 'Audio' }),
      eve.ask('call', { callees: ['dan'], mediaType: 'Video' }),
    ]);
    expect(first.callId).toBe(second.callId);
    expect([first.role, second.role].sort()).toEqual(['callee', 'caller']);
    const { Response } = await rest.send('call_engine_http_srv/get_call_info', { CallId: first.callId });
    expect(Response.UserList.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Calling']);
    await dan.ask('hangUp', { callId: first.callId });
  });

  it('answered on one device stops ringing on the other, which cannot end it', async () => {
    const fay = await device('fay');
    const phone = await device('gus', 'phone');
    const tablet = await device('gus', 'tablet');
    const { callId } = await fay.ask('call', { callees: ['gus'], mediaType: 'Audio' });
    await Promise.all([phone.hears('callReceived'), tablet.hears('callReceived')]);
    await phone.ask('accept', { callId });
    expect(await tablet.hears('callEnded')).toMatchObject({ callId, reason: 7 });
    await expect(tablet.ask('reject', { callId })).rejects.toMatchObject({ data: { name: 'answered_elsewhere' } });
    expect((await rest.send('call_engine_http_srv/get_call_info', { CallId: callId })).ErrorCode).toBe(0);
    await fay.ask('hangUp', { callId });
  });

  it('goes on when a device comes back inside its lease and is told what it missed', async () => {
    const hal = await device('hal');
    const ida = await device('ida');
    const joe = await device('joe');
    const { callId } = await hal.ask('call', { callees: ['ida', 'joe'], mediaType: 'Audio' });
    await ida.hears('callReceived');
    await ida.ask('accept', { callId });
    await hal.hears('callChanged');
    ida.drop();
    await joe.ask('reject', { callId });
    await hal.hears('callChanged', (params) => params.changed[0]?.action === 'Reject');

    const back = new Device('ida', ida.deviceId);
    devices.push(back);
    expect((await back.signIn(ringback)).call).toMatchObject({ callId });
    const missed = await back.ask('resume', { callId, eventSeq: 2 });
    expect(missed.call.members.map((one: { userId: string }) => one.userId)).toEqual(['hal', 'ida']);
    expect(missed.notices).toMatchObject([
      { method: 'callChanged', params: { eventSeq: 3, changed: [{ userId: 'joe', action: 'Reject' }] } },
    ]);
    await back.ask('hangUp', { callId });
  });
});
