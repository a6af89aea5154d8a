const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** ms; ten years. Nobody waits longer for anything in a script. */
export const longestDuration = 3650 * 86_400_000;

/** How a duration is written. */
export const durationRule = 'a duration such as 500ms, 2s, 1m30s, 24h or 365d, at most 3650d';

/** Reads a duration as ms; undefined when it is none, or too long. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
  return ms <= longestDuration ? Math.round(ms) : undefined;
}

/** Writes ms as `1h2m3s`; `0s` for nothing. */
export function spellSpan(ms: number): string {
  let [text, left] = ['', Math.max(0, Math.round(ms))];
  for (const [unit, size] of Object.entries(units).reverse()) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text === '' ? '0s' : text;
}
