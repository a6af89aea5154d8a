import type { Resource } from './use-resource.ts';

/** A page of rows, and where the next one begins; without `next` it is the last. */
export interface RowsPage<Row> {
  readonly rows: readonly Row[];
  readonly next?: string | number | undefined;
  readonly total?: number | undefined;
  readonly atLeast?: boolean | undefined;
}

/** Rows that are read page by page. */
export interface Rows<Row> extends Pick<Resource<unknown>, 'error' | 'reload'> {
  readonly rows: readonly Row[] | undefined;
  readonly total: number | undefined;
  readonly atLeast: boolean;
  /** Reads the next page; undefined on the last one. */
  readonly more: (() => Promise<void>) | undefined;
  /** Whether pages after the first are shown: then the list stands still until it is begun anew. */
  readonly extended: boolean;
}
