import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.ts';

/** What a page reads from the server. */
export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Reads when the key changes, and every `every` ms while the page is in view. What came last stays while more is read. */
export function useResource<T>(key: string, load: () => Promise<T>, every = 0): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError }>({ key });
  const [turn, setTurn] = useState(0);
  const newest = useRef(0);
  const reload = useCallback(() => setTurn((now) => now + 1), []);
  useEffect(() => {
    newest.current += 1;
    const mine = newest.current;
    load().then(
      (data) => mine === newest.current && setState({ key, data }),
      (error: unknown) =>
        mine === newest.current &&
        setState((last) => ({
          key,
          ...(last.key === key && last.data !== undefined && { data: last.data }),
          error: error instanceof ApiError ? error : new ApiError(0, 'internal', String(error)),
        })),
    );
  }, [key, turn]);
  useEffect(() => {
    if (every === 0) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), every);
    return () => clearInterval(timer);
  }, [every, reload]);
  const fresh = state.key === key;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    loading: !fresh || (state.data === undefined && state.error === undefined),
    reload,
  };
}
