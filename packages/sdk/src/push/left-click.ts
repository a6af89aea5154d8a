import { clickOf, type PushClick } from './marks.ts';

/** What the worker and the pages of an origin share, and the one thing in it; nobody fetches that address. */
const [cacheName, place] = ['ringback-push', '/ringback-push-click'] as const;

/** ms; a click that no page has taken by then was for a page that did not come. */
const fresh = 120_000;

/**
 * Leaves a click for the page that is opened next. Not in its address: whoever calls could send the callee a link that answers.
 * Never rejects; where there is no storage, the page rings and its user answers.
 */
export async function leaveClick(click: PushClick): Promise<void> {
  try {
    const cache = await caches.open(cacheName);
    await cache.put(place, new Response(JSON.stringify({ ...click, at: Date.now() })));
  } catch {
    // No storage.
  }
}

/** Takes the click that was left, if there is a fresh one; of several pages one gets it. Never rejects. */
export async function takeClick(): Promise<PushClick | undefined> {
  try {
    const left = await caches.match(place, { cacheName });
    if (left === undefined) return undefined;
    const data = (await left.json()) as { readonly at: number };
    if (!(await (await caches.open(cacheName)).delete(place))) return undefined;
    return Math.abs(Date.now() - data.at) < fresh ? clickOf(data) : undefined;
  } catch {
    return undefined;
  }
}
