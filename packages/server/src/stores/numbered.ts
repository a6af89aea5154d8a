/** SQL with `?` for its values, as PostgreSQL wants it: each has its number. No text in it may hold a question mark. */
export function numbered(sql: string): string {
  let n = 0;
  return sql.replace(/\?/g, () => {
    n += 1;
    return `$${n}`;
  });
}
