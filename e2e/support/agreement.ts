import { expect } from 'vitest';
import { possibleResults } from '../../packages/server/test/support/possible-results.ts';
import type { Mirror } from './mirror.ts';
import type { RestCaller } from './rest.ts';

/** Every record of the installation, by the pages of the REST API; fails when one comes twice or is missing from a page. */
export async function allRecords(rest: RestCaller): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const records = new Map<string, Record<string, unknown>>();
  for (let page = 1; ; page += 1) {
    const { Response } = await rest.send('call_record_http_srv/get_record_by_filter', {
      NumberPerPage: 1000,
      Page: page,
    });
    for (const record of Response.CallRecordList) {
      expect(records.has(record.CallId), `${record.CallId} has two records`).toBe(false);
      records.set(record.CallId, record);
    }
    if (page * 1000 >= Response.TotalNum) {
      expect(records.size).toBe(Response.TotalNum);
      return records;
    }
  }
}

/** The records are what is true; the mirror has seen events only, and must have come to the same. How many there are. */
export async function recordsAgree(mirror: Mirror, rest: RestCaller): Promise<number> {
  const records = await allRecords(rest);
  for (const [callId, record] of records) {
    const call = mirror.calls.get(callId);
    expect(call?.record).toEqual(record);
    if (call === undefined) continue;
    expect({
      Caller_Account: call.caller,
      MediaType: call.mediaType,
      CalleeList_Account: call.members,
      AcceptTime: call.acceptedAt,
      RoomId: call.roomId,
    }).toEqual({
      Caller_Account: record.Caller_Account,
      MediaType: record.MediaType,
      CalleeList_Account: record.CalleeList_Account,
      AcceptTime: record.AcceptTime,
      RoomId: record.RoomId,
    });
    expect([callId, possibleResults(call)]).toEqual([callId, expect.arrayContaining([record.CallResult])]);
  }
  expect(mirror.faults).toEqual([]);
  expect(records.size).toBe(mirror.calls.size);
  return records.size;
}
