/** What carries pushes, by kind. */
export const pushKinds = ['webhook', 'web-push', 'fcm', 'apns'] as const;
export type PushKind = (typeof pushKinds)[number];

/** What a device token is for: a notification, or on iOS the incoming call of CallKit. */
export const pushChannels = ['alert', 'voip'] as const;
export type PushChannel = (typeof pushChannels)[number];

/**
 * Why nothing came of an attempt, where that is the server's own word and no service's: the provider was removed
 * (`noProvider`), the ring was `over` before its turn came, too many wait (`full`), the service did not answer in time
 * (`noAnswer`), is where the server does not go (`address`), the subscription is `unreadable`, the set-up's key `cannotSign`,
 * the server itself failed (`ownError`).
 */
export const pushFaults = [
  'noProvider',
  'over',
  'full',
  'noAnswer',
  'address',
  'unreadable',
  'cannotSign',
  'ownError',
] as const;
export type PushFault = (typeof pushFaults)[number];

/** What an invitation says of the push that may follow it; all of it is optional. Kept with the call, so it is small. */
export interface PushInfo {
  /** No push for this invitation. */
  readonly off?: true;
  readonly title?: string;
  /** On iOS, instead of `title`. */
  readonly iosTitle?: string;
  readonly text?: string;
  /** The application's own, handed through as it is. */
  readonly data?: string;
  /** The notification channel of Android. */
  readonly androidChannel?: string;
  readonly androidSound?: string;
  readonly iosSound?: string;
  /** The badge of the icon stays as it is. */
  readonly noBadge?: true;
  /** Which of a device's tokens on iOS is meant, where it has both. */
  readonly iosChannel?: PushChannel;
  /** What only the push services of phone makers know, by the names of the wire; for the operator's own push service. */
  readonly others?: Readonly<Record<string, string | number>>;
}
