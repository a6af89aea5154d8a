import type { ComponentChildren } from 'preact';
import { rowKeys } from '../lib/row-keys.ts';

/** A column: its heading and what it shows of a row. */
export interface Column<Row> {
  readonly name: string;
  readonly show: (row: Row) => ComponentChildren;
  readonly kind?: 'number' | 'actions';
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while they are read. */
  readonly rows: readonly Row[] | undefined;
  readonly id: (row: Row) => string | number;
  readonly empty: ComponentChildren;
  /** Rows to keep room for while they are read. */
  readonly bones?: number;
}

const cell = (kind?: string) => (kind === 'number' ? 'number end' : kind === 'actions' ? 'end' : undefined);

/** Rows of one kind; grey bars of the same size stand in while they are read. */
export function Table<Row>({ label, columns, rows, id, empty, bones = 4 }: TableProps<Row>) {
  if (rows?.length === 0) return <>{empty}</>;
  const keys = rows === undefined ? [] : rowKeys(rows, id);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section class="scroll" aria-label={label} tabIndex={0}>
      <table aria-busy={rows === undefined}>
        <thead>
          <tr>
            {columns.map(({ name, kind }) => (
              <th key={name} scope="col" class={kind && 'end'}>
                {kind === 'actions' ? <span class="hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? Array.from({ length: bones }, (_, row) => (
                <tr key={row}>
                  {columns.map(({ name }) => (
                    <td key={name}>
                      <span class="bone" />
                    </td>
                  ))}
                </tr>
              ))
            : rows.map((row, place) => (
                <tr key={keys[place]}>
                  {columns.map(({ name, show, kind }) => (
                    <td key={name} class={cell(kind)}>
                      {show(row)}
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  );
}
