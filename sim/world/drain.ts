import { setFlagsFromString } from 'node:v8';

/**
 * Runs everything that promises have waiting, now; undefined where the engine does not let us. Only to be called from a
 * turn of the event loop of one's own (`setImmediate`), never from within a promise.
 *
 * A turn of the event loop does the same, but costs ten times as much, and the simulation has millions of steps.
 */
export const drain: (() => void) | undefined = made();

function made(): (() => void) | undefined {
  try {
    setFlagsFromString('--allow-natives-syntax');
    return new Function('%PerformMicrotaskCheckpoint();') as () => void;
  } catch {
    return undefined;
  }
}
