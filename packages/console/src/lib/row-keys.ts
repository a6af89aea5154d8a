/** A key for each row, by what tells rows apart; rows that nothing tells apart are numbered. */
export function rowKeys<Row>(rows: readonly Row[], id: (row: Row) => string | number): readonly string[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const key = String(id(row));
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    // No key of another row holds this.
    return times === 0 ? key : `${key}\u0000${times}`;
  });
}
