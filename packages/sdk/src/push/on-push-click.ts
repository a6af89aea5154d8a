import { type PushAction, readMark } from './marks.ts';

/** A click on the notification of a call. */
export interface PushClick {
  /** `accept`: on its button; `open`: elsewhere on it. */
  readonly action: PushAction;
  readonly callId: string;
}

/**
 * Tells of clicks on the notifications of calls: at once of the one that this page was opened by, and from then on of those
 * that are clicked while it is open. Returns what ends that.
 */
export function onPushClick(listener: (click: PushClick) => void): () => void {
  const mark = typeof location === 'undefined' ? undefined : readMark(location.href);
  if (mark !== undefined) {
    // Whoever reloads the page does not answer again.
    history.replaceState(history.state, '', mark.href);
    listener({ action: mark.action, callId: mark.callId });
  }
  const workers = typeof navigator === 'undefined' ? undefined : navigator.serviceWorker;
  const hear = ({ data }: MessageEvent): void => {
    const { ringback: action, callId } = (data ?? {}) as { readonly ringback?: unknown; readonly callId?: unknown };
    if ((action === 'accept' || action === 'open') && typeof callId === 'string') listener({ action, callId });
  };
  workers?.addEventListener('message', hear);
  // What was said before somebody listened is told now.
  workers?.startMessages();
  return () => workers?.removeEventListener('message', hear);
}
