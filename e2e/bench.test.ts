import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestCaller } from './support/rest.ts';
import { Ringback } from './support/ringback.ts';

describe('ringback bench calls', () => {
  let ringback: Ringback;
  let rest: RestCaller;
  beforeAll(async () => {
    ringback = await Ringback.start();
    rest = new RestCaller(ringback);
  });
  afterAll(async () => {
    rest?.close();
    await ringback?.dispose();
  });

  const bench = (...args: readonly string[]) => ringback.cli('bench', 'calls', '--app', app, ...args);
  const app = '1400000077';

  it('makes calls that leave records, says how long they took, and leaves no users behind', async () => {
    const result = JSON.parse(await bench('--rate', '10', '--duration', '2', '--json'));
    expect(result).toMatchObject({ started: result.complete, failures: {} });
    expect(result.started + result.skipped).toBeGreaterThanOrEqual(19);
    expect(result.rate).toBe(10);
    // About the rate, a second's share less on a busy machine.
    expect(result.rate_reached).toBeGreaterThan(4);
    expect(result.rate_reached).toBeLessThanOrEqual(11);
    expect(result.ring_ms.p50).toBeGreaterThan(0);
    expect(result.set_up_ms.p50).toBeGreaterThanOrEqual(result.ring_ms.p50);
    const { Response } = await rest.send('call_record_http_srv/get_record_by_filter', { NumberPerPage: 100 });
    expect(Response.TotalNum).toBe(result.complete);
    const users = Response.CallRecordList.map((record: { Caller_Account: string }) => record.Caller_Account);
    const CheckItem = [...new Set(users)].map((UserID) => ({ UserID }));
    const { ResultItem } = (await rest.send('im_open_login_svc/account_check', { CheckItem })) as never as {
      readonly ResultItem: readonly { readonly AccountStatus: string }[];
    };
    expect(ResultItem.every(({ AccountStatus }) => AccountStatus === 'NotImported')).toBe(true);
  }, 60_000);

  it('works against a server whose keys are not here, with a file that holds one', async () => {
    const file = join(ringback.data, 'key.txt');
    writeFileSync(file, `${ringback.key}\n`);
    const text = await bench('--url', ringback.http, '--key-file', file, '--rate', '5', '--duration', '1');
    expect(text).toMatch(/calls: \d+ started, \d+ complete \(100\.00 %\)/);
    expect(text).toMatch(/rate: +[\d.]+ a second of 5/);
    expect(text).toMatch(/until it rings +[\d.]+ ms/);
    writeFileSync(file, 'another key');
    await expect(bench('--url', ringback.http, '--key-file', file, '--rate', '1', '--duration', '1')).rejects.toThrow(
      /could not sign in/,
    );
  }, 60_000);

  it('puts no load on another machine without a word, and takes no rate beyond its bounds', async () => {
    await expect(bench('--url', 'https://192.0.2.1')).rejects.toThrow(/on another machine\. Add --yes/);
    await expect(bench('--rate', '5001')).rejects.toThrow(/at most 5000/);
    await expect(bench('--key-file', 'there-is-none')).rejects.toThrow(/--key-file needs --app and --url/);
  }, 60_000);
});
