import { useEffect, useState } from 'preact/hooks';
import { type ApiError, address, api, sessionOver } from './api.ts';
import type { LiveCall, LiveCalls } from './types.ts';
import { asApiError } from './use-resource.ts';

interface Changes extends LiveCalls {
  readonly ended: readonly { readonly app: number; readonly callId: string }[];
}

/** Live calls as they are now. */
export interface Live {
  readonly data: LiveCalls | undefined;
  readonly error: ApiError | undefined;
}

/** Calls that are shown, as many as the server tells at first. */
const most = 200;

/** ms until a stream that the server refused is asked for again. */
const patience = 5000;

const place = ({ app, callId }: Pick<LiveCall, 'app' | 'callId'>): string => `${app} ${callId}`;

/** The list after some calls have changed and others ended. */
export function withChanges(before: LiveCalls, { calls, ended, total }: Changes): LiveCalls {
  const all = new Map(before.calls.map((call) => [place(call), call]));
  for (const call of calls) all.set(place(call), call);
  for (const one of ended) all.delete(place(one));
  // No more than at first: a page that is open all day must not grow with what comes.
  const shown = [...all.values()].sort((one, other) => one.startedAt - other.startedAt).slice(0, most);
  return { calls: shown, total };
}

/**
 * The live calls of an application, told by the server as they change. Only while the window is in view: a browser
 * keeps few connections to a server, and windows in the background would take them all.
 */
export function useLive(app: number): Live {
  const [live, setLive] = useState<Live & { readonly app: number }>({ app, data: undefined, error: undefined });
  const over = sessionOver.value;
  useEffect(() => {
    if (over) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const shut = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const told = (data: LiveCalls) => setLive({ app, data, error: undefined });
    const open = () => {
      shut();
      if (document.visibilityState !== 'visible') return;
      const made = new EventSource(address('/calls/stream', { app }));
      source = made;
      let last: LiveCalls = { calls: [], total: 0 };
      made.addEventListener('snapshot', ({ data }) => {
        last = JSON.parse(data) as LiveCalls;
        told(last);
      });
      made.addEventListener('changes', ({ data }) => {
        last = withChanges(last, JSON.parse(data) as Changes);
        told(last);
      });
      made.addEventListener('error', () => {
        // A connection that broke is made again by the browser; one that was refused is not, and the reason is asked for.
        if (made.readyState !== EventSource.CLOSED || source !== made) return;
        timer = setTimeout(open, patience);
        api.get<LiveCalls>('/calls', { app, limit: most }).then(
          (data) => source === made && told(data),
          (error: unknown) =>
            source === made && setLive((before) => ({ app, data: before.data, error: asApiError(error) })),
        );
      });
    };
    const seen = () => (document.visibilityState === 'visible' ? open() : shut());
    open();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      shut();
    };
  }, [app, over]);
  return live.app === app ? live : { data: undefined, error: undefined };
}
