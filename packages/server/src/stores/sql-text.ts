import type { SqlValue } from './sql-database.ts';

/** PostgreSQL knows every character but NUL, and callers may send it. Written as U+0001 and a zero, and U+0001 twice. */
const mark = '\u0001';

const encodeText = (text: string): string =>
  text.includes('\0') || text.includes(mark) ? text.replaceAll(mark, mark + mark).replaceAll('\0', `${mark}0`) : text;

/** A value as PostgreSQL can keep it. */
export function encodeValue(value: SqlValue): SqlValue {
  if (typeof value === 'string') return encodeText(value);
  if (!Array.isArray(value)) return value;
  return value.some((one) => typeof one === 'string')
    ? value.map((one) => (typeof one === 'string' ? encodeText(one) : one))
    : value;
}

/** Text as it was before `encodeValue`. */
export const decodeText = (text: string): string =>
  text.includes(mark)
    ? text.replace(new RegExp(`${mark}(.)`, 'gs'), (_, sign: string) => (sign === '0' ? '\0' : sign))
    : text;
