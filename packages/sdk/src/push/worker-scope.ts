/**
 * What a service worker is, as far as pushes need it. The library of types for workers and that of pages cannot be used
 * together, and what is published must compile beside either.
 */

export interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
}

export interface PushEvent extends WorkerEvent {
  readonly data: { json(): unknown } | null;
}

export interface ShownNotification {
  readonly tag: string;
  readonly data: unknown;
  close(): void;
}

export interface NotificationEvent extends WorkerEvent {
  readonly action: string;
  readonly notification: ShownNotification;
}

export interface WindowClient {
  readonly url: string;
  readonly focused: boolean;
  readonly visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** `self` of a service worker. */
export interface WorkerScope {
  readonly location: { readonly origin: string; readonly href: string };
  readonly registration: {
    readonly scope: string;
    showNotification(title: string, options: object): Promise<void>;
    getNotifications(filter: { readonly tag: string }): Promise<readonly ShownNotification[]>;
  };
  readonly clients: {
    matchAll(options: {
      readonly type: 'window';
      readonly includeUncontrolled: boolean;
    }): Promise<readonly WindowClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: NotificationEvent) => void): void;
}
