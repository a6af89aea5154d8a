import type { WindowClient } from './worker-scope.ts';

/** What pages are known by. */
export interface PagePlace {
  /** Of the worker: where its pages begin. */
  readonly scope: string;
  /** The address of the worker, by which what the application says is resolved, as when it is opened. */
  readonly worker: string;
  /** Where the application says that calls are answered. */
  readonly page: string | undefined;
}

/**
 * The page that a call goes to: the one that the application names, else one below the worker's scope, and that of the user's eyes
 * before others. Other applications may be open on the same origin, and a click that one of them got would be lost.
 */
export function pageFor(pages: readonly WindowClient[], place: PagePlace): WindowClient | undefined {
  const named = pages.filter(({ url }) => isPage(url, place));
  const own = named.length > 0 ? named : pages.filter(({ url }) => url.startsWith(place.scope));
  return (
    own.find(({ focused }) => focused) ?? own.find(({ visibilityState }) => visibilityState === 'visible') ?? own[0]
  );
}

/** Whatever the page has behind its path: that is where it stands. */
function isPage(url: string, { worker, page }: PagePlace): boolean {
  if (page === undefined) return false;
  try {
    const [one, other] = [new URL(url), new URL(page, worker)];
    return one.origin === other.origin && one.pathname === other.pathname;
  } catch {
    return false;
  }
}
