import { takeClick } from './left-click.ts';
import { clickOf, type PushClick } from './marks.ts';

/**
 * Tells of clicks on the notifications of calls: of the one that this page was opened by, and of those that are clicked while
 * it is open. Returns what ends that.
 */
export function onPushClick(listener: (click: PushClick) => void): () => void {
  let over = false;
  void takeClick().then((click) => {
    if (click !== undefined && !over) listener(click);
  });
  const workers = typeof navigator === 'undefined' ? undefined : navigator.serviceWorker;
  const hear = ({ data }: MessageEvent): void => {
    const { ringback: action, callId } = (data ?? {}) as { readonly ringback?: unknown; readonly callId?: unknown };
    const click = clickOf({ action, callId });
    if (click !== undefined) listener(click);
  };
  workers?.addEventListener('message', hear);
  // What was said before somebody listened is told now.
  workers?.startMessages();
  return () => {
    over = true;
    workers?.removeEventListener('message', hear);
  };
}
