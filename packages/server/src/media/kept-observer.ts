import type { MediaEvent } from '../ports/media-events.ts';
import type { MediaObserver } from './observer.ts';

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

/** Hands what an observer hears on, for the timelines of the calls. */
export function keptMediaObserver(
  inner: MediaObserver,
  keep: (callId: string, event: MediaEvent) => void,
): MediaObserver {
  return {
    moved: (callId, from, to) => {
      inner.moved(callId, from, to);
      keep(callId, { what: 'moved', from, to });
    },
    openFailed: (callId, provider, error) => {
      inner.openFailed(callId, provider, error);
      keep(callId, { what: 'openFailed', provider, text: textOf(error) });
    },
    lost: (callId, provider, reason) => {
      inner.lost(callId, provider, reason);
      keep(callId, { what: 'lost', provider, text: reason.slice(0, 500) });
    },
    failed: (callId, provider, text) => {
      inner.failed(callId, provider, text);
      keep(callId, { what: 'failed', provider, text: text.slice(0, 500) });
    },
    gaveUp: (callId, userId) => {
      inner.gaveUp(callId, userId);
      keep(callId, { what: 'gaveUp', userId });
    },
  };
}
