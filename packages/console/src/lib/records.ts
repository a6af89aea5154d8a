import { address, api } from './api.ts';
import type { RowsPage } from './rows.ts';
import type { RecordView } from './types.ts';

/** How a call can end. */
export const callResults = ['NormalEnd', 'Cancel', 'Reject', 'NotAnswer', 'CallBusy', 'Interrupt', 'Offline'] as const;

/** Which records; times in ms. */
export interface RecordFilter {
  readonly result?: string | undefined;
  readonly type?: string | undefined;
  readonly user?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Reads a page of records, the newest first. */
export async function readRecords(
  app: number,
  filter: RecordFilter,
  after: string | number | undefined,
): Promise<RowsPage<RecordView>> {
  const { records, total, totalIsLeast, next } = await api.get<{
    readonly records: readonly RecordView[];
    readonly total: number;
    readonly totalIsLeast?: boolean;
    readonly next?: string;
  }>(`/apps/${app}/records`, { ...filter, after, limit: 50 });
  return { rows: records, total, atLeast: totalIsLeast, next };
}

/** How far an export is. */
export interface ExportState {
  readonly read: number;
  readonly total: number;
}

/** Bytes after which what has come is handed to the browser, which may keep it on its disk. */
const piece = 4_000_000;

/** Fetches all records that match as they come, and saves them as a download at the end. */
export async function exportRecords(
  app: number,
  filter: RecordFilter,
  format: 'csv' | 'jsonl',
  progress: (state: ExportState) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(exportAddress(app, filter, format), { signal });
  if (!response.ok || response.body === null) {
    // The refusal in its own words, by asking in the way that knows them.
    await api.get(`/apps/${app}/exports/records`, { ...filter, format });
    return;
  }
  const total = Number(response.headers.get('x-total-count') ?? 0);
  const type = format === 'csv' ? 'text/csv' : 'application/jsonl';
  const parts: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let lines = format === 'csv' ? -1 : 0;
  const reader = response.body.getReader();
  for (let got = await reader.read(); !got.done; got = await reader.read()) {
    held.push(got.value);
    size += got.value.length;
    if (size >= piece) {
      parts.push(new Blob(held));
      [held, size] = [[], 0];
    }
    for (const byte of got.value) if (byte === 10) lines += 1;
    progress({ read: Math.max(0, lines), total: Math.max(total, lines) });
  }
  const url = URL.createObjectURL(new Blob([...parts, ...held], { type }));
  Object.assign(document.createElement('a'), { href: url, download: `calls-${app}.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Where an export comes from. */
export const exportAddress = (app: number, filter: RecordFilter, format: 'csv' | 'jsonl'): string =>
  address(`/apps/${app}/exports/records`, { ...filter, format });
