import { nodeId, sdkAppId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasePath } from '../packages/server/src/stores/database-path.ts';
import { openSqlite } from '../packages/server/src/stores/sqlite.ts';
import { briefWrite, idOf } from '../packages/server/test/stores/support/fake-calls.ts';
import { RestCaller } from './support/rest.ts';
import { Ringback, until } from './support/ringback.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How long ago calls were (ms): beyond the 7 days of lists and the 30 of the history, within the 400 that records are kept. */
const kept = [8 * day, 31 * day, 200 * day, 400 * day - hour];
/** Longer than that. */
const outlived = [400 * day + hour, 500 * day];

let ringback: Ringback;
let rest: RestCaller;
/** The call of each age. */
const ids = new Map([...kept, ...outlived].map((age, n) => [age, idOf(n)]));

const byId = (age: number) => rest.send('call_record_http_srv/get_record_by_callid', { CallId: ids.get(age) });

/** Writes the calls, as the server itself would have at their time. */
async function fill(): Promise<void> {
  const now = Date.now();
  const store = await openSqlite({
    path: databasePath(ringback.data),
    node: nodeId('local'),
    clock: { now: Date.now, steady: () => performance.now(), timer: () => () => {} },
    onFatal: (error) => {
      throw error;
    },
  });
  const app = sdkAppId(ringback.sdkAppId);
  for (const [age, id] of ids) await store.calls.commit(briefWrite({ app, callId: id, at: now - age }));
  for (const id of ids.values()) expect(await store.calls.record(app, id)).toMatchObject({ callId: id });
  await store.close();
}

beforeAll(async () => {
  ringback = await Ringback.start();
  await ringback.stop();
  await fill();
  await ringback.up();
  rest = new RestCaller(ringback);
});

afterAll(async () => {
  rest?.close();
  await ringback?.dispose();
});

/** A pain of scripts/lib/pains.mjs: it takes a server that has been there for long. */
describe('what was long ago', () => {
  it('12. a record is found by its id for as long as records are kept, also beyond the reach of lists', async () => {
    const read = async () => {
      const records = [];
      for (const age of kept) records.push((await byId(age)).Response?.CallRecord);
      return records;
    };
    const records = await read();
    expect(records).toEqual(
      kept.map((age) =>
        expect.objectContaining({
          CallId: ids.get(age),
          Caller_Account: 'alice',
          CalleeList_Account: ['alice', 'bob'],
          CallResult: 'CallBusy',
        }),
      ),
    );
    const { Response } = await rest.send('call_record_http_srv/get_record_by_filter', { StartTime: 1 });
    expect(Response.TotalNum).toBe(0);
    // A server looks soon after its start for what has outlived its time. Once that is gone, so could the others be.
    for (const age of outlived) {
      await until(async () => {
        const { ErrorCode } = await byId(age);
        return ErrorCode === 101050 ? undefined : `the record of ${age / day} days ago: ${ErrorCode}`;
      });
    }
    expect(await read()).toEqual(records);
  });
});
