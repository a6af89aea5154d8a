import { afterEach, describe, expect, it, vi } from 'vitest';
import { handlePushes, type PushWorkerOptions } from '../src/push/handle-pushes.ts';
import { onPushClick } from '../src/push/on-push-click.ts';
import type { NotificationEvent, PushEvent, WindowClient, WorkerScope } from '../src/push/worker-scope.ts';

/** A service worker without a browser: what it shows and opens, and ways to push to it and to click. */
function openWorker(options: PushWorkerOptions = {}, pages: readonly WindowClient[] = [], path = '/') {
  const opened: string[] = [];
  const shown: { readonly title: string; readonly options: object }[] = [];
  let hear: (event: PushEvent) => void = () => {};
  let hearClick: (event: NotificationEvent) => void = () => {};
  const scope: WorkerScope = {
    location: { origin: 'https://app.example.com', href: `https://app.example.com${path}worker.js` },
    registration: {
      scope: `https://app.example.com${path}`,
      showNotification: async (title, options) => void shown.push({ title, options }),
      getNotifications: async () => [],
    },
    clients: { matchAll: async () => pages, openWindow: async (url) => void opened.push(url) },
    addEventListener: (type: string, listener: never) => {
      if (type === 'push') hear = listener;
      else hearClick = listener;
    },
  };
  handlePushes(scope, options);
  const push = async (text: string | null): Promise<void> => {
    const works: Promise<unknown>[] = [];
    const data = text === null ? null : { json: () => JSON.parse(text) as unknown };
    hear({ data, waitUntil: (work) => void works.push(work) });
    await Promise.all(works);
  };
  /** Clicks on the newest notification; what became of it is its own business. */
  const click = async (action: string): Promise<void> => {
    const works: Promise<unknown>[] = [];
    const notification = { tag: '', data: undefined, ...shown.at(-1)?.options, close() {} };
    hearClick({ action, notification, waitUntil: (work) => void works.push(work) });
    await Promise.all(works);
  };
  return { shown, opened, push, click };
}

const ring = (deadline: number): string =>
  JSON.stringify({
    ringback: 'ring',
    callId: 'c1',
    userId: 'bob',
    caller: 'alice',
    deadline: String(deadline),
    title: 'Alice',
    text: 'is calling',
  });

describe('a service worker', () => {
  it.each([
    ['right', 30_000],
    ['hours fast', -7_200_000],
  ])('rings although the clock of the device may be off: %s', async (_, ahead) => {
    const { shown, push } = openWorker();
    await push(ring(Date.now() + ahead));
    expect(shown).toEqual([
      {
        title: 'Alice',
        options: expect.objectContaining({ body: 'is calling', silent: false, requireInteraction: true }),
      },
    ]);
  });

  it.each(['plain text', '', '"text"', 'null', '[1]', '{"callId":"c1"}', null])(
    'leaves the pushes of others to others: %s',
    async (text) => {
      const { shown, push } = openWorker();
      await push(text);
      expect(shown).toEqual([]);
      await push(ring(Date.now() + 30_000));
      expect(shown).toHaveLength(1);
    },
  );
});

describe('a page that is open', () => {
  /** A page that notes what it is told. */
  function openPage(path: string, told: string[], state: 'focused' | 'visible' | 'hidden' = 'hidden'): WindowClient {
    const url = path.startsWith('/') ? `https://app.example.com${path}` : path;
    return {
      url,
      focused: state === 'focused',
      visibilityState: state === 'hidden' ? 'hidden' : 'visible',
      focus: async () => void told.push(`focus ${path}`),
      postMessage: (message) => void told.push(`${(message as { readonly ringback: string }).ringback} ${path}`),
    };
  }

  /** Where a click on Accept goes: what pages are told, and what is opened. */
  async function accepted(
    open: readonly (readonly [path: string, state?: 'focused' | 'visible' | 'hidden'])[],
    scope: string,
    page?: string,
  ): Promise<readonly string[]> {
    const told: string[] = [];
    const pages = open.map(([path, state]) => openPage(path, told, state));
    const worker = openWorker(page === undefined ? {} : { page: () => page }, pages, scope);
    await worker.push(ring(Date.now() + 30_000));
    await worker.click('accept');
    return [...told, ...worker.opened.map((path) => `opened ${path}`)];
  }

  it('is told of the click and focused, and not one of another application of the origin before it', async () => {
    expect(await accepted([['/admin', 'focused'], ['/app/calls']], '/app')).toEqual([
      'accept /app/calls',
      'focus /app/calls',
    ]);
  });

  it('of another application gets no click: that is left, and the own page opened', async () => {
    expect(await accepted([['/admin', 'focused']], '/app/', '/app/')).toEqual(['opened /app/']);
    expect(await accepted([['/admin', 'focused']], '/app/')).toEqual(['opened /']);
  });

  it('is the one that is looked at, of several', async () => {
    const pages = [['/a'], ['/b', 'visible'], ['/c', 'focused']] as const;
    expect(await accepted(pages, '/')).toEqual(['accept /c', 'focus /c']);
    expect(await accepted(pages.slice(0, 2), '/')).toEqual(['accept /b', 'focus /b']);
  });

  it('is the one that the application names before others, also outside of the scope of its worker', async () => {
    expect(await accepted([['/'], ['/app?user=bob#/calls']], '/push/', '/app#/answer')).toEqual([
      'accept /app?user=bob#/calls',
      'focus /app?user=bob#/calls',
    ]);
    // As it would be opened: from where the worker is.
    const pages = [['/push/other', 'focused'], ['/push/calls']] as const;
    expect(await accepted(pages, '/push/', 'calls')).toEqual(['accept /push/calls', 'focus /push/calls']);
    // A worker at the root has all pages of the origin in its scope.
    expect(await accepted([['/admin', 'focused'], ['/app']], '/', '/app')).toEqual(['accept /app', 'focus /app']);
    expect(await accepted([['https://other.example/app']], '/push/', '/app')).toEqual(['opened /app']);
  });
});

describe('the page that is opened for a call', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** The storage of an origin, for its worker and its pages. */
  function storage(): void {
    const kept = new Map<string, Response>();
    const cache = {
      put: async (place: string, what: Response) => void kept.set(place, what),
      delete: async (place: string) => kept.delete(place),
    };
    vi.stubGlobal('caches', { open: async () => cache, match: async (place: string) => kept.get(place) });
  }

  /** Opens a page: what it hears of clicks, and a way for the worker to talk to it. */
  async function openPage() {
    const [worker, heard] = [new EventTarget(), [] as unknown[]];
    vi.stubGlobal('navigator', { serviceWorker: Object.assign(worker, { startMessages() {} }) });
    const stop = onPushClick((click) => heard.push(click));
    const tell = (data: unknown) => worker.dispatchEvent(new MessageEvent('message', { data }));
    await new Promise((resolve) => setTimeout(resolve));
    return { heard, stop, tell };
  }

  it.each([
    ['accept', undefined, '/', 'accept'],
    ['', '/app#/calls', '/app#/calls', 'open'],
  ])('after %j on the notification learns of it once, and not by its address', async (on, page, opened, action) => {
    storage();
    const worker = openWorker(page === undefined ? {} : { page: () => page });
    await worker.push(ring(Date.now() + 30_000));
    await worker.click(on);
    expect(worker.opened).toEqual([opened]);
    expect((await openPage()).heard).toEqual([{ action, callId: 'c1' }]);
    expect((await openPage()).heard).toEqual([]);
  });

  it('learns nothing of a click of long ago', async () => {
    storage();
    const worker = openWorker();
    await worker.push(ring(Date.now() + 30_000));
    await worker.click('accept');
    const later = Date.now() + 121_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    expect((await openPage()).heard).toEqual([]);
    vi.restoreAllMocks();
  });

  it('is opened, and rings, where there is no storage', async () => {
    const worker = openWorker();
    await worker.push(ring(Date.now() + 30_000));
    await worker.click('accept');
    expect([worker.opened, (await openPage()).heard]).toEqual([['/'], []]);
  });

  it('hears of what is clicked from then on, until it wants no more', async () => {
    const { heard, tell, stop } = await openPage();
    for (const other of [null, 'text', { ringback: 'accept' }, { ringback: 'cancel', callId: 'c1' }]) tell(other);
    tell({ ringback: 'accept', callId: 'c2' });
    stop();
    tell({ ringback: 'open', callId: 'c3' });
    expect(heard).toEqual([{ action: 'accept', callId: 'c2' }]);
  });
});
