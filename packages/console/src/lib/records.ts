import { ApiError } from './api.ts';
import { rest } from './rest.ts';

/** A call that is over, as the REST API tells it; times in s, 0 = not so. */
export interface CallRecord {
  readonly CallId: string;
  readonly Caller_Account: string;
  readonly MediaType: string;
  readonly CallType: string;
  readonly StartTime: number;
  readonly AcceptTime: number;
  readonly EndTime: number;
  readonly CallResult: string;
  readonly CalleeList_Account: readonly string[];
}

export const callResults = ['NormalEnd', 'Cancel', 'Reject', 'NotAnswer', 'CallBusy', 'Interrupt', 'Offline'] as const;

/** Which records; times in s. */
export interface RecordFilter {
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly CallResult?: string;
  readonly CallType?: string;
}

/** A page of records and how many there are in all. */
export interface RecordPage {
  readonly total: number;
  readonly records: readonly CallRecord[];
}

/** Reads one page, counted from 1. */
export async function readRecords(app: number, filter: RecordFilter, page: number, size: number): Promise<RecordPage> {
  const { Response } = await rest<{
    readonly Response: { readonly TotalNum: number; readonly CallRecordList: readonly CallRecord[] };
  }>(app, 'call_record_http_srv/get_record_by_filter', { ...filter, Page: page, NumberPerPage: size });
  return { total: Response.TotalNum, records: Response.CallRecordList };
}

/** The record of one call; undefined when there is none. */
export async function readRecord(app: number, callId: string): Promise<CallRecord | undefined> {
  try {
    const { Response } = await rest<{ readonly Response: { readonly CallRecord: CallRecord } }>(
      app,
      'call_record_http_srv/get_record_by_callid',
      { CallId: callId },
    );
    return Response.CallRecord;
  } catch (error) {
    // Every refusal here is about the id; what cannot be reached is told by the other questions of the page.
    if (error instanceof ApiError && error.reason !== 'offline') return undefined;
    throw error;
  }
}

/** A field as CSV has it; what a spreadsheet would take for a formula is made text. */
function cell(value: unknown): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const columns = [
  'CallId',
  'Caller_Account',
  'CalleeList_Account',
  'CallType',
  'MediaType',
  'StartTime',
  'AcceptTime',
  'EndTime',
  'CallResult',
] as const;

/** Records as text: lines of JSON, or CSV whose first line names the columns. */
export function recordLines(records: readonly CallRecord[], form: 'csv' | 'jsonl', first: boolean): string {
  const lines =
    form === 'jsonl'
      ? records.map((record) => JSON.stringify(record))
      : [
          ...(first ? [columns.join(',')] : []),
          ...records.map((record) => columns.map((name) => cell(record[name])).join(',')),
        ];
  return lines.map((line) => `${line}\n`).join('');
}
