import { exitCodes } from './failure.ts';

/** The signals that a server heeds. */
export interface Signals {
  /** Resolves at the first signal to stop; the second ends the process on the spot. */
  readonly stop: Promise<void>;
  /** Calls back at each hang-up from now on, and at once when one came before; `undefined` hears no more of them. */
  onHangUp(heard: (() => void) | undefined): void;
}

/**
 * ms. A terminal or a supervisor signals every process of a group, and the parent among them passes the signal on: what
 * arrives together was asked for once.
 */
const together = 250;

/**
 * Takes the signals over, for as long as the process lives. A hang-up that nobody listens for would end it, and whoever
 * renews certificates does not know whether the server is just starting or stopping.
 */
export function takeSignals(): Signals {
  let heard: (() => void) | undefined;
  let waiting = false;
  process.on('SIGHUP', () => {
    if (heard === undefined) waiting = true;
    else heard();
  });
  const stop = new Promise<void>((resolve) => {
    let asked = Number.POSITIVE_INFINITY;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        const now = performance.now();
        if (now - asked > together) process.exit(exitCodes.failure);
        asked = Math.min(asked, now);
        resolve();
      });
    }
  });
  return {
    stop,
    onHangUp: (listener) => {
      heard = listener;
      // A certificate may have been replaced after the start had read it.
      if (waiting) listener?.();
      waiting = false;
    },
  };
}
