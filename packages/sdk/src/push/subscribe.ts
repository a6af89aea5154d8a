import { localError } from '../base/ringback-error.ts';

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
  return { provider: found.name, token: JSON.stringify(subscription) };
}
