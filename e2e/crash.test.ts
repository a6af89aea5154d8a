import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from './support/device.ts';
import { RestCaller } from './support/rest.ts';
import { Ringback, until } from './support/ringback.ts';

describe('kill -9', () => {
  let ringback: Ringback;
  let rest: RestCaller;

  beforeAll(async () => {
    // The checks below ask for thousands of records at once.
    ringback = await Ringback.start('--limits-command-rate', '100000', '--limits-app-rate', '100000');
    rest = new RestCaller(ringback);
  });

  afterAll(async () => {
    rest.close();
    await ringback.dispose();
  });

  /** The power goes and comes back. */
  async function restart(): Promise<void> {
    rest.close();
    await ringback.kill();
    await ringback.up();
    rest = new RestCaller(ringback);
  }

  it('in the middle of a call: the devices come back, go on, and the call ends once', async () => {
    const ann = new Device('ann');
    const ben = new Device('ben');
    await Promise.all([ann.signIn(ringback), ben.signIn(ringback)]);
    const { callId } = await ann.ask('call', { callees: ['ben'], mediaType: 'Audio' });
    await ben.ask('accept', { callId });
    await restart();

    const info = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
    expect(info.Response.UserList.map((one: { Status: string }) => one.Status)).toEqual(['Calling', 'Calling']);
    expect((await ann.signIn(ringback)).call).toMatchObject({ callId });
    await ben.signIn(ringback);
    await ann.ask('hangUp', { callId });
    expect(await ben.hears('callEnded')).toMatchObject({ callId, result: 'NormalEnd' });
    const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
    expect(Response.CallRecord.CallResult).toBe('NormalEnd');
    ann.drop();
    ben.drop();
  });

  it('while it rings: the time-out still fires, and the callers are free again', async () => {
    const cat = new Device('cat');
    const dov = new Device('dov');
    await Promise.all([cat.signIn(ringback), dov.signIn(ringback)]);
    const { callId } = await cat.ask('call', { callees: ['dov'], mediaType: 'Audio', timeoutMs: 2000 });
    await restart();
    await until(async () => {
      const { Response } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
      return Response?.CallRecord.CallResult === 'NotAnswer' ? undefined : 'there is no record yet';
    });
    await cat.signIn(ringback);
    expect(await cat.ask('call', { callees: ['dov'], mediaType: 'Audio' })).toMatchObject({ role: 'caller' });
    cat.drop();
  });

  it('at any moment of busy traffic: nothing acknowledged is lost, no call is a ghost, no record is doubled', async () => {
    const pairs = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const caller = new Device(`x${index}`);
        const callee = new Device(`y${index}`);
        await Promise.all([caller.signIn(ringback), callee.signIn(ringback)]);
        return { caller, callee };
      }),
    );
    const started = new Set<string>();
    const ended = new Set<string>();

    for (let round = 0; round < 3; round += 1) {
      let stop = false;
      const traffic = pairs.map(async ({ caller, callee }) => {
        while (!stop) {
          const { callId } = await caller.ask('call', { callees: [callee.userId], mediaType: 'Audio' });
          started.add(callId);
          await callee.ask('accept', { callId });
          await caller.ask('hangUp', { callId });
          ended.add(callId);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 300 + round * 170));
      const killed = restart();
      await Promise.allSettled(traffic);
      stop = true;
      await killed;
      // Whoever was in a call finds it, and hangs up as a person would.
      for (const { caller, callee } of pairs) {
        for (const one of [caller, callee]) {
          const { call } = await one.signIn(ringback);
          if (call !== undefined) await one.ask('hangUp', { callId: call.callId }).catch(() => {});
        }
      }
    }
    for (const { caller, callee } of pairs) {
      caller.drop();
      callee.drop();
    }

    expect(ended.size).toBeGreaterThan(50);
    for (const callId of ended) {
      const { ErrorCode } = await rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
      expect([callId, ErrorCode]).toEqual([callId, 0]);
    }
    await until(async () => {
      const live = JSON.parse(await ringback.cli('calls', '--json')) as {
        callId: string;
        members: { userId: string }[];
      }[];
      const ghosts = live.filter((call) => call.members.some((one) => /^[xy]\d/.test(one.userId)));
      return ghosts.length === 0 ? undefined : `${ghosts.length} calls are still live`;
    }, 40_000);
    const seen = new Map<string, number>();
    for (let page = 1; ; page += 1) {
      const { Response } = await rest.send('call_record_http_srv/get_record_by_filter', {
        NumberPerPage: 500,
        Page: page,
      });
      for (const { CallId } of Response.CallRecordList) seen.set(CallId, (seen.get(CallId) ?? 0) + 1);
      if (page * 500 >= Response.TotalNum) {
        expect(seen.size).toBe(Response.TotalNum);
        break;
      }
    }
    for (const callId of started) expect([callId, seen.get(callId)]).toEqual([callId, 1]);
  }, 120_000);

  it('of a phone: its user is free 15 seconds later, and the other one is told', async () => {
    const kim = new Device('kim');
    const lou = new Device('lou');
    await Promise.all([kim.signIn(ringback), lou.signIn(ringback, { silent: true })]);
    const { callId } = await kim.ask('call', { callees: ['lou'], mediaType: 'Audio' });
    await lou.ask('accept', { callId });
    const droppedAt = Date.now();
    lou.drop();
    expect(await kim.hears('callEnded', () => true, 20_000)).toMatchObject({
      callId,
      reason: 4,
      userId: 'lou',
      result: 'Offline',
    });
    expect(Date.now() - droppedAt).toBeLessThan(15_500);
    kim.drop();
  });
});
