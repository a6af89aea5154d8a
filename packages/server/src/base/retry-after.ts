/**
 * ms to wait, as a `Retry-After` header says (RFC 9110: seconds, or a date), at most `longest`; undefined when it says nothing
 * that one could go by.
 */
export function retryAfter(
  header: string | readonly string[] | undefined,
  now: number,
  longest: number,
): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (text === undefined) return undefined;
  const wanted = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wanted) ? undefined : Math.min(Math.max(wanted, 0), longest);
}
