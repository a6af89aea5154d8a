/** What a notification of a call was clicked for: its button, or elsewhere on it. */
export type PushAction = 'accept' | 'open';

/** The notifications of a call are known by this: one call has one. */
export const tagOf = (callId: string): string => `ringback-${callId}`;

const nameOf = (action: PushAction): string => `ringback-${action}`;

/**
 * The address of a page that is opened for a call, so that it knows why: in the fragment, which no server and no cache sees; in
 * the query where the page has a fragment of its own, which its router may read.
 */
export function marked(page: string, base: string, action: PushAction, callId: string): string {
  const url = new URL(page, base);
  if (url.hash === '') url.hash = `${nameOf(action)}=${callId}`;
  else url.searchParams.set(nameOf(action), callId);
  return url.href;
}

/** Why the page of this address was opened, and the address without that; undefined for one that was opened by somebody else. */
export function readMark(
  href: string,
): { readonly action: PushAction; readonly callId: string; readonly href: string } | undefined {
  const url = new URL(href);
  for (const action of ['accept', 'open'] as const) {
    const start = `#${nameOf(action)}=`;
    const inQuery = url.searchParams.get(nameOf(action));
    const callId = url.hash.startsWith(start) ? url.hash.slice(start.length) : inQuery;
    if (callId === null) continue;
    if (inQuery === null) url.hash = '';
    else url.searchParams.delete(nameOf(action));
    return { action, callId, href: url.href };
  }
  return undefined;
}
