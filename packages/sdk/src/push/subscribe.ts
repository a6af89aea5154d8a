import { localError } from '../base/ringback-error.ts';
import type { Timers } from '../base/timers.ts';
import { tagOf } from './marks.ts';

/** How a page registers for pushes. */
export interface PushOptions {
  /** Of the service worker that calls `handlePushes`; that of the page by default. */
  readonly registration?: ServiceWorkerRegistration | undefined;
  /** The push provider, where the application has several of the kind web-push. */
  readonly provider?: string | undefined;
}

/** What the server can push with. */
export interface PushProvider {
  readonly name: string;
  readonly kind: string;
  readonly publicKey?: string | undefined;
}

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));

const same = (one: ArrayBuffer | null, other: Uint8Array): boolean =>
  one !== null && String(new Uint8Array(one)) === String(other);

/** The browser's subscription for one of these providers, made now if there is none; asks for permission. */
export async function subscribe(
  providers: readonly PushProvider[],
  options: PushOptions,
): Promise<{ readonly provider: string; readonly token: string }> {
  const found = providers.find(
    ({ name, kind }) => kind === 'web-push' && (options.provider === undefined || options.provider === name),
  );
  if (found?.publicKey === undefined) {
    throw localError('unsupported', 'The application has no such push provider of the kind web-push.');
  }
  const key = bytesOf(found.publicKey);
  const registration = options.registration ?? (await navigator.serviceWorker.ready);
  let subscription = await registration.pushManager.getSubscription();
  // After a change of the keys of the server, the old one is worth nothing.
  if (subscription !== null && !same(subscription.options.applicationServerKey, key)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  subscribed = registration;
  remember({ scope: registration.scope, key: found.publicKey });
  return { provider: found.name, token: JSON.stringify(subscription) };
}

/**
 * Ends the browser's subscription, if it is the one that `subscribe` made, in this page or an earlier one: it belongs to the
 * browser, whoever is signed in. Never rejects, and does not wait longer than `ms`.
 */
export async function unsubscribe(timers: Timers, ms: number): Promise<void> {
  let giveUp = (): void => {};
  const late = new Promise<void>((resolve) => {
    giveUp = timers.after(ms, resolve);
  });
  await Promise.race([endSubscription().catch(() => {}), late]);
  giveUp();
}

/** Takes the notification of a call away, where a push has shown one in this browser. Never rejects, and nobody need wait. */
export async function clearNotification(callId: string): Promise<void> {
  try {
    const known = remembered();
    const shown = known && (await (await workerOf(known))?.getNotifications({ tag: tagOf(callId) }));
    for (const one of shown ?? []) one.close();
  } catch {
    // It stays until the user takes it away.
  }
}

/** The service worker that pushes of a subscription come to. */
const workerOf = async ({ scope }: Subscribed): Promise<ServiceWorkerRegistration | undefined> =>
  subscribed ?? navigator.serviceWorker.getRegistration(scope);

async function endSubscription(): Promise<void> {
  const known = remembered();
  if (known === undefined) return;
  const registration = await workerOf(known);
  const subscription = await registration?.pushManager.getSubscription();
  // An application may have put another one of its own in its place.
  if (subscription && same(subscription.options.applicationServerKey, bytesOf(known.key))) {
    await subscription.unsubscribe();
  }
  remember(undefined);
}

/** What was subscribed: where, and with which key. */
interface Subscribed {
  readonly scope: string;
  readonly key: string;
}

const storageKey = 'ringback.push';
let subscribed: ServiceWorkerRegistration | undefined;
/** Where there is no storage, it is known as long as the page lives. */
let inPage: Subscribed | undefined;

function remember(what: Subscribed | undefined): void {
  inPage = what;
  if (what === undefined) subscribed = undefined;
  try {
    if (what === undefined) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, JSON.stringify(what));
  } catch {
    // Storage is switched off.
  }
}

function remembered(): Subscribed | undefined {
  try {
    const text = localStorage.getItem(storageKey);
    // Of another tab, too.
    return text === null ? inPage : (JSON.parse(text) as Subscribed);
  } catch {
    return inPage;
  }
}
