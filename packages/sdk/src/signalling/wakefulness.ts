import type { Timers } from '../base/timers.ts';

/** ms between looks at the clock, and how late one may be before the machine must have slept. */
const beat = 2000;
const lateness = 4000;

/**
 * Watches for moments after which a connection may be dead without anybody having been told: the machine slept, the
 * network changed, the page came back. Returns what stops it.
 */
export function watchWakefulness(timers: Timers, wake: () => void): () => void {
  let stopTimer = () => {};
  let last = timers.now();
  const tick = () => {
    const now = timers.now();
    if (now - last > beat + lateness) wake();
    last = now;
    stopTimer = timers.after(beat, tick);
  };
  stopTimer = timers.after(beat, tick);
  if (typeof addEventListener !== 'function' || typeof document === 'undefined') return () => stopTimer();

  const shown = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const connection = (navigator as { readonly connection?: Partial<EventTarget> }).connection;
  addEventListener('online', wake);
  addEventListener('pageshow', shown);
  document.addEventListener('visibilitychange', shown);
  connection?.addEventListener?.('change', wake);
  return () => {
    stopTimer();
    removeEventListener('online', wake);
    removeEventListener('pageshow', shown);
    document.removeEventListener('visibilitychange', shown);
    connection?.removeEventListener?.('change', wake);
  };
}
