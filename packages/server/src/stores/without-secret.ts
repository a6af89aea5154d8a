/** The address of a database as it may be shown: without name and password. */
export function withoutSecret(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'postgres://…';
  }
}
