import { describe, expect, it } from 'vitest';
import { handlePushes } from '../src/push/handle-pushes.ts';
import type { PushEvent, WorkerScope } from '../src/push/worker-scope.ts';

/** A service worker without a browser: what it shows, and a way to push to it. */
function openWorker() {
  const shown: { readonly title: string; readonly options: object }[] = [];
  let hear: (event: PushEvent) => void = () => {};
  const scope: WorkerScope = {
    location: { origin: 'https://app.example.com' },
    registration: {
      showNotification: async (title, options) => void shown.push({ title, options }),
      getNotifications: async () => [],
    },
    clients: { matchAll: async () => [], openWindow: async () => undefined },
    addEventListener: (type: string, listener: never) => {
      if (type === 'push') hear = listener;
    },
  };
  handlePushes(scope);
  const push = async (text: string | null): Promise<void> => {
    const works: Promise<unknown>[] = [];
    const data = text === null ? null : { json: () => JSON.parse(text) as unknown };
    hear({ data, waitUntil: (work) => void works.push(work) });
    await Promise.all(works);
  };
  return { shown, push };
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
