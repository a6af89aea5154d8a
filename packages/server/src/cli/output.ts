/** Writes a line to standard output. */
export const print = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};

/** A value as JSON whose strings, wherever they are from, do not move the cursor: what JSON lets be is escaped, too. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Writes a value as indented JSON. */
export const printJson = (value: unknown): void => print(jsonText(value, 2));

/** Writes a line for people to standard error, so that standard output stays what was asked for. */
export const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

// Text from outside must not move the cursor or forge a line.
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

/** Lines of columns that are as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A time (ms) in UTC, to the second. */
export const spellTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** A duration (ms) as `1:02:03` or `2:03`. */
export function spellDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
