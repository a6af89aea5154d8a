import { computed, signal } from '@preact/signals';
import { apps } from './apps.ts';
import { chooseApp, currentApp } from './current-app.ts';

const base = '/console/';

/** Pages about one application: their addresses say which. */
const pagesOfApp = [
  '',
  'calls',
  'call',
  'request',
  'requests',
  'webhooks',
  'endpoint',
  'push',
  'users',
  'user',
  'groups',
  'group',
  'try',
  'usersig',
  'explorer',
];
const ofApp: ReadonlySet<string> = new Set(pagesOfApp);

/** Whether a page is about one application. */
export const isOfApp = (page: string): boolean => ofApp.has(page);

function read(): string {
  const app = Number(new URLSearchParams(location.search).get('app') ?? 0);
  // One that is not known here may be new: whoever shows it looks.
  const isKnown = apps.value?.some(({ id }) => id === app) ?? true;
  if (isKnown && Number.isSafeInteger(app) && app > 0 && app !== currentApp.value) chooseApp(app);
  return `${location.pathname}${location.search}`;
}

/** The address shown, from the slash on. */
const place = signal(read());

/** The page, such as `calls`, and its query. Ids are in the query alone, since they may hold anything. */
export const route = computed(() => {
  const url = new URL(place.value, location.origin);
  const page = url.pathname.startsWith(base) ? url.pathname.slice(base.length).replace(/\/$/, '') : '';
  return { page, query: url.searchParams };
});

/** The address of a page, with the application that it is about. */
export function href(page: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const params = new URLSearchParams();
  const all = ofApp.has(page) && currentApp.value !== 0 ? { app: currentApp.value, ...query } : query;
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return `${base}${page}${text === '' ? '' : `?${text}`}`;
}

/** Goes to a page without loading it; `replace` leaves no step back to this one. */
export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  place.value = read();
  if (!replace) {
    scrollTo(0, 0);
    requestAnimationFrame(() => document.getElementById('main')?.focus({ preventScroll: true }));
  }
}

/** Takes over the links of the console. */
export function listen(): void {
  addEventListener('popstate', () => {
    place.value = read();
  });
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (link?.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!link.pathname.startsWith(base) || link.hash !== '') return;
    event.preventDefault();
    go(link.href);
  });
}
