const surrounding = /^[\s"'`“”‘’]+|[\s"'`“”‘’,;]+$/g;

/**
 * The UserSig in what somebody has pasted: with quotes or blanks round it, or as a part of a URL or a query. It stays
 * percent-encoded if it was.
 */
export function pastedSig(text: string): string {
  const value = /(?:^|[^\w])usersig=([^&#\s"'`]*)/i.exec(text)?.[1] ?? text;
  return value.replace(surrounding, '');
}
