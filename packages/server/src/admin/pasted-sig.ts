/** Blanks and quotes stand round what was pasted, and what separates it from the next behind it. */
const around = /[\s"'`“”‘’]/;
const behind = /[\s"'`“”‘’,;]/;

/**
 * The UserSig in what somebody has pasted: with quotes or blanks round it, or as a part of a URL or a query. It stays
 * percent-encoded if it was. Takes time in proportion to the text, however many blanks it has.
 */
export function pastedSig(text: string): string {
  const value = /(?:^|[^\w])usersig=([^&#\s"'`]*)/i.exec(text)?.[1] ?? text;
  let [start, end] = [0, value.length];
  while (start < end && around.test(value.charAt(start))) start += 1;
  while (end > start && behind.test(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}
