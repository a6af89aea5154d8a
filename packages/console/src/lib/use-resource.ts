import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, sessionOver } from './api.ts';

/** What a page reads from the server. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

interface State<T> {
  readonly key: string;
  readonly data?: T;
  readonly error?: ApiError;
}

/** What a failed read is shown as. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'internal', String(error));

/**
 * Reads when the key changes, and `every` ms after each answer while the page is in view. What came last stays while
 * more is read. One read runs at a time, so that a server slower than `every` is waited for.
 */
export function useResource<T>(key: string, load: () => Promise<T>, every = 0): Resource<T> {
  const [state, setState] = useState<State<T>>({ key });
  const loader = useRef(load);
  loader.current = load;
  const read = useRef(() => {});
  const reload = useCallback(() => read.current(), []);
  const over = sessionOver.value;
  useEffect(() => {
    // Read again when somebody has signed in again.
    if (over) return;
    let [gone, busy, again] = [false, false, false];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const start = async () => {
      if (gone) return;
      if (busy) {
        again = true;
        return;
      }
      busy = true;
      clearTimeout(timer);
      try {
        const data = await loader.current();
        if (!gone) setState({ key, data });
      } catch (error) {
        if (!gone) {
          setState((last) => ({
            key,
            ...(last.key === key && last.data !== undefined && { data: last.data }),
            error: asApiError(error),
          }));
        }
      }
      busy = false;
      if (again) {
        again = false;
        start();
      } else if (every > 0) timer = setTimeout(tick, every);
    };
    const tick = () => {
      if (document.visibilityState === 'visible') start();
      else timer = setTimeout(tick, every);
    };
    read.current = start;
    start();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [key, every, over]);
  const fresh = state.key === key;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    loading: !fresh || (state.data === undefined && state.error === undefined),
    reload,
  };
}
