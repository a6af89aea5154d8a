import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene, startOfTime } from '../gateway/support.ts';

let scene: Scene;
const byFilter = 'call_record_http_srv/get_record_by_filter';
const day = 86_400;
/** The calls of the tests, ascending by time. */
const ids: string[] = [];
const now = (): number => Math.floor(scene.clock.now() / 1000);

/** A call to one who does not answer (`NotAnswer`), or that the server ends (`Cancel`). */
async function call(callees: readonly string[], end: 'NotAnswer' | 'Cancel'): Promise<void> {
  const started = await scene.send('call_engine_http_srv/start_call_by_robot', {
    Robot_Account: 'robot',
    CalleeList_Account: callees,
    Timeout: 10_000,
    CallInfo: { MediaType: 'Audio' },
  });
  const { CallId } = started.Response;
  ids.push(CallId);
  if (end === 'Cancel') await scene.send('call_engine_http_srv/end_call', { CallId });
  else {
    scene.clock.advance(10_000);
    // The write of the timer is on its way.
    while ((await scene.store.calls.record(scene.app.sdkAppId, CallId)) === undefined) await new Promise(setImmediate);
  }
}

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('a', 'b');
  await call(['a'], 'Cancel');
  scene.clock.advance(6 * day * 1000);
  await call(['a'], 'NotAnswer');
  scene.clock.advance(100_500);
  await call(['a', 'b'], 'Cancel');
  scene.clock.advance(100_000);
  await call(['b'], 'Cancel');
  scene.clock.advance(100_000);
});

afterAll(() => scene.close());

/** The answer as numbers of calls, with its total and page. */
async function ask(body: object) {
  const { ErrorCode, ErrorInfo, Response } = await scene.send(byFilter, body);
  if (ErrorCode !== 0) return { ErrorCode, ErrorInfo };
  const calls = Response.CallRecordList.map(({ CallId }: { CallId: string }) => ids.indexOf(CallId));
  return { calls, total: Response.TotalNum, page: Response.Page };
}

const nothing = { calls: [], total: 0, page: 0 };

describe('get_record_by_filter', () => {
  it('answers the first ten of the last seven days, ascending, for {}', async () => {
    expect(await ask({})).toEqual({ calls: [0, 1, 2, 3], total: 4, page: 1 });
  });

  it('raises a start before the last seven days to their beginning', async () => {
    scene.clock.advance(day * 1000);
    for (const StartTime of [0, -5, 1, -1e300])
      expect(await ask({ StartTime })).toMatchObject({ calls: [1, 2, 3], total: 3 });
    expect(await ask({ StartTime: 0, EndTime: 5 })).toEqual(nothing);
  });

  it('takes both ends of the window in', async () => {
    const record = await scene.store.calls.record(scene.app.sdkAppId, ids[2] as never);
    const second = Math.floor((record?.startedAt ?? 0) / 1000);
    expect(await ask({ StartTime: second, EndTime: second })).toMatchObject({ calls: [2] });
    expect(await ask({ StartTime: second + 1 })).toMatchObject({ calls: [3] });
    expect(await ask({ EndTime: second - 1 })).toMatchObject({ calls: [1] });
  });

  it('filters by result and kind of call, in any case of letters', async () => {
    expect(await ask({ CallResult: 'NotAnswer' })).toMatchObject({ calls: [1], total: 1 });
    expect(await ask({ CallResult: 'cancel', CallType: 'SingleCall' })).toMatchObject({ calls: [3], total: 1 });
    expect(await ask({ CallType: 'MultiCall' })).toMatchObject({ calls: [2], total: 1 });
    expect(await ask({ CallResult: 'Offline' })).toEqual(nothing);
    expect(await ask({ CallResult: null, CallType: null })).toMatchObject({ total: 3 });
  });

  it('gives pages, and page 0 past the end with the true total', async () => {
    expect(await ask({ NumberPerPage: 2 })).toEqual({ calls: [1, 2], total: 3, page: 1 });
    expect(await ask({ NumberPerPage: 2, Page: 2 })).toEqual({ calls: [3], total: 3, page: 2 });
    for (const Page of [3, 1e9, 1e15, 1e300])
      expect(await ask({ NumberPerPage: 2, Page })).toEqual({ calls: [], total: 3, page: 0 });
    expect(await ask({ NumberPerPage: 1000 })).toMatchObject({ total: 3 });
  });

  it('takes an end in the future for now', async () => {
    expect(await ask({ EndTime: now() + 1000 })).toMatchObject({ total: 3 });
    expect(await ask({ EndTime: 1e300 })).toMatchObject({ total: 3 });
    expect(await ask({ StartTime: 1e300, EndTime: 1e300 })).toEqual(nothing);
  });

  it.each([
    [{ StartTime: 10, EndTime: 9 }, 'StartTime must not be after EndTime'],
    [{ StartTime: startOfTime + 1000 * day }, 'StartTime must not be after EndTime'],
    [{ NumberPerPage: 0 }, 'NumberPerPage must be at least 1'],
    [{ NumberPerPage: 1001 }, 'NumberPerPage must be at most 1000'],
    [{ Page: 0 }, 'Page must be at least 1'],
    [{ Page: 1.5 }, 'Page must be an integer'],
    [{ Page: '1' }, 'Page must be an integer'],
    [{ CallType: 'Conference' }, 'CallType must be one of SingleCall, MultiCall'],
    [
      { CallResult: 'x' },
      'CallResult must be one of Cancel, Reject, NotAnswer, NormalEnd, CallBusy, Interrupt, Offline',
    ],
    [{ StartTime: 'yesterday' }, 'StartTime must be an integer'],
  ])('refuses %j', async (body, sentence) => {
    expect(await ask(body)).toEqual({ ErrorCode: 101002, ErrorInfo: sentence });
  });

  it('looks back as far as the operator says', async () => {
    const wide = await Scene.open({ settings: { windowDays: 30 } });
    try {
      await wide.accounts('a');
      const { CallId } = (
        await wide.send('call_engine_http_srv/start_call_by_robot', {
          Robot_Account: 'robot',
          CalleeList_Account: ['a'],
          Timeout: 10_000,
          CallInfo: { MediaType: 'Audio' },
        })
      ).Response;
      await wide.send('call_engine_http_srv/end_call', { CallId });
      wide.clock.advance(20 * day * 1000);
      const answer = await wide.send(byFilter, {});
      expect(answer.Response.CallRecordList[0].CallId).toBe(CallId);
    } finally {
      await wide.close();
    }
  });
});

describe('get_record_by_callid', () => {
  it('gives a record as soon as the call has ended, and for longer than the window of the filter', async () => {
    const { Response } = await scene.send('call_record_http_srv/get_record_by_callid', { CallId: ids[0] });
    expect(Response.CallRecord).toMatchObject({
      CallId: ids[0],
      Caller_Account: 'robot',
      CallType: 'SingleCall',
      StartTime: startOfTime,
      AcceptTime: 0,
      EndTime: startOfTime,
      CallResult: 'Cancel',
      CalleeList_Account: ['robot', 'a'],
    });
  });

  it('gives times in whole seconds', async () => {
    const { Response } = await scene.send('call_record_http_srv/get_record_by_callid', { CallId: ids[2] });
    expect(Number.isInteger(Response.CallRecord.StartTime)).toBe(true);
  });
});
