import { useRef, useState } from 'preact/hooks';
import { problemText } from '../lib/problem-text.ts';
import { asApiError } from '../lib/use-resource.ts';
import { toast } from './toast.tsx';

/** What buttons set off, one at a time. */
export interface Busy {
  readonly busy: boolean;
  /** Does the work unless some is being done; what is refused is told in a toast. */
  readonly act: (work: () => Promise<unknown>) => Promise<void>;
}

/** For buttons whose work must not be done twice, as a double click asks for it. */
export function useBusy(): Busy {
  const [busy, setBusy] = useState(false);
  // The second click may come before what the first one changed is drawn.
  const runs = useRef(false);
  const act = async (work: () => Promise<unknown>) => {
    if (runs.current) return;
    runs.current = true;
    setBusy(true);
    try {
      await work();
    } catch (refused) {
      toast(problemText(asApiError(refused)));
    }
    runs.current = false;
    setBusy(false);
  };
  return { busy, act };
}
