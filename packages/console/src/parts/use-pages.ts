import { useEffect, useState } from 'preact/hooks';
import type { Rows, RowsPage } from '../lib/rows.ts';
import { useResource } from '../lib/use-resource.ts';
import { useBusy } from './use-busy.ts';

interface Shown<Row> {
  readonly key: string;
  readonly pages: readonly RowsPage<Row>[];
}

/**
 * Reads a list by its cursor. The first page is read again every `every` ms as long as it is the only one; with more
 * pages open the list stands still, so that no row is lost or doubled where pages meet.
 */
export function usePages<Row>(
  key: string,
  load: (after?: string | number) => Promise<RowsPage<Row>>,
  every = 0,
): Rows<Row> {
  const [kept, setKept] = useState<Shown<Row>>({ key, pages: [] });
  const { act } = useBusy();
  // Another list begins at its first page, also when one comes back to it.
  useEffect(() => setKept({ key, pages: [] }), [key]);
  const pages = kept.key === key ? kept.pages : [];
  const extended = pages.length > 0;
  const first = useResource(key, () => load(), extended ? 0 : every);
  const shown = extended ? pages : first.data ? [first.data] : [];
  const next = shown.at(-1)?.next;
  const more = () =>
    act(async () => {
      const page = await load(next);
      setKept({ key, pages: [...shown, page] });
    });
  return {
    rows: shown.length === 0 ? undefined : shown.flatMap(({ rows }) => rows),
    total: shown[0]?.total,
    atLeast: shown[0]?.atLeast ?? false,
    error: first.error,
    extended,
    more: next === undefined ? undefined : more,
    reload: () => {
      setKept({ key, pages: [] });
      first.reload();
    },
  };
}
