import { leaveClick } from './left-click.ts';
import { tagOf } from './marks.ts';
import { pageFor } from './page-for.ts';
import type { PushEvent, ShownNotification, WorkerScope } from './worker-scope.ts';

/** What a push carries; all of it is text. */
export interface PushedCall {
  readonly ringback: 'ring' | 'cancel' | 'test';
  readonly callId: string;
  readonly userId: string;
  readonly caller: string;
  readonly callerName?: string | undefined;
  readonly callerAvatar?: string | undefined;
  readonly mediaType?: string | undefined;
  /** ms since 1970, by the clock of the server; it rings until then. */
  readonly deadline: string;
  readonly title: string;
  readonly text: string;
  /** With which the call is answered, until the deadline. */
  readonly token?: string | undefined;
  readonly answerUrl?: string | undefined;
  readonly reason?: string | undefined;
  /** `extension` of the caller's `offlinePushInfo`. */
  readonly data?: string | undefined;
}

/** What an application may want otherwise. */
export interface PushWorkerOptions {
  /** The address of the server, where its pushes do not say it (`push.publicUrl`); by default the origin of the worker. */
  readonly server?: string | undefined;
  /** The page that is opened for a call, when neither it nor another one below the worker's scope is open; by default the root. */
  readonly page?: ((call: PushedCall) => string) | undefined;
  /** Words on the buttons. */
  readonly accept?: string | undefined;
  readonly decline?: string | undefined;
  /** More for the notification of a call: an icon, a pattern of vibration. */
  readonly notification?: object | undefined;
}

/**
 * Shows the calls that come by push, from within a service worker: a notification that stays, with two buttons. Declining
 * works without any page; accepting opens or focuses the page, which learns of it by `onPushClick`.
 */
export function handlePushes(scope: WorkerScope, options: PushWorkerOptions = {}): void {
  const { accept = 'Accept', decline = 'Decline', notification = {} } = options;

  async function show(call: PushedCall): Promise<void> {
    // The deadline is by the clock of the server, and the device's may be off: push services themselves drop what comes too late.
    const rings = call.ringback === 'ring';
    await scope.registration.showNotification(call.title, {
      body: call.text,
      // One notification a call: what comes later takes its place.
      tag: tagOf(call.callId),
      data: call,
      silent: !rings,
      ...(rings && {
        renotify: true,
        requireInteraction: true,
        actions: [
          { action: 'accept', title: accept },
          { action: 'reject', title: decline },
        ],
        ...(call.callerAvatar !== undefined && { icon: call.callerAvatar }),
        ...notification,
      }),
    });
    // Browsers want to see a notification for each push; nobody else needs to know that one has answered elsewhere.
    if (call.reason === 'answered' || call.reason === 'rejected') await clear(call);
  }

  async function clear(call: PushedCall): Promise<void> {
    for (const shown of await scope.registration.getNotifications({ tag: tagOf(call.callId) })) shown.close();
  }

  async function reject(call: PushedCall): Promise<void> {
    const server = (call.answerUrl ?? options.server ?? scope.location.origin).replace(/\/+$/, '');
    const body = JSON.stringify({ token: call.token });
    const headers = { 'content-type': 'application/json' };
    // A device that has no network for a moment may decline all the same.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        const { status } = await fetch(`${server}/push/reject`, { method: 'POST', headers, body });
        if (status < 500 && status !== 429) return;
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async function open(call: PushedCall, answers: boolean): Promise<void> {
    const { callId } = call;
    const action = answers ? 'accept' : 'open';
    const named = options.page?.(call);
    const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const page = pageFor(pages, { scope: scope.registration.scope, worker: scope.location.href, page: named });
    if (page === undefined) {
      // Before the page can ask for it.
      await leaveClick({ action, callId });
      await scope.clients.openWindow(named ?? '/');
      return;
    }
    page.postMessage({ ringback: action, callId });
    await page.focus();
  }

  scope.addEventListener('push', (event) => {
    const call = pushedCall(dataOf(event));
    if (call !== undefined) event.waitUntil(show(call));
  });
  scope.addEventListener('notificationclick', (event) => {
    const call = pushedOf(event.notification);
    if (call === undefined) return;
    event.notification.close();
    event.waitUntil(event.action === 'reject' ? reject(call) : open(call, event.action === 'accept'));
  });
}

/** Undefined for what is no JSON: a push of somebody else. */
function dataOf({ data }: PushEvent): unknown {
  try {
    return data?.json();
  } catch {
    return undefined;
  }
}

/** Undefined for pushes of somebody else: an application may have its own. */
function pushedCall(data: unknown): PushedCall | undefined {
  const { ringback, callId } = (data ?? {}) as Partial<PushedCall>;
  return ringback !== undefined && typeof callId === 'string' ? (data as PushedCall) : undefined;
}

const pushedOf = ({ tag, data }: ShownNotification): PushedCall | undefined =>
  tag.startsWith('ringback-') ? pushedCall(data) : undefined;
