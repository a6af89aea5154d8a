import type { CallId, DeviceId, PushChannel, PushFault, PushInfo, PushKind, SdkAppId, UserId } from 'ringback-protocol';
import type { CallNotes } from './call-notes.ts';

/** What a provider is set up with, by its kind. What is secret in it stands in `secretFields`. */
export type PushSetup =
  /** The operator's own push service; `secrets` are `whsec_…`, the newest first, and all of them sign. */
  | { readonly kind: 'webhook'; readonly url: string; readonly secrets: readonly string[] }
  /** VAPID: keys in base64url; `subject` is a `mailto:` or `https:` address of the operator. */
  | { readonly kind: 'web-push'; readonly subject: string; readonly publicKey: string; readonly privateKey: string }
  /** FCM HTTP v1. `key` is the private key of the service account, PEM. */
  | {
      readonly kind: 'fcm';
      readonly project: string;
      readonly email: string;
      readonly key: string;
      readonly tokenUrl: string;
      readonly endpoint: string;
    }
  /** APNs over HTTP/2. `key` is the provider's key, PEM; `topic` the bundle id of the app. */
  | {
      readonly kind: 'apns';
      readonly team: string;
      readonly keyId: string;
      readonly key: string;
      readonly topic: string;
      readonly endpoint: string;
    };

/** The members of set-ups that nobody is shown. */
export const secretFields = ['secrets', 'privateKey', 'key'] as const;

/** A push provider of an application. */
export interface PushConfig {
  readonly app: SdkAppId;
  /** Unique within the application; device tokens name it. */
  readonly name: string;
  readonly setup: PushSetup;
}

/** What a provider becomes, out of what it is and of all that its application has, in the order of their names. */
export type PushConfigChange = (before: PushConfig | undefined, all: readonly PushConfig[]) => PushConfig;

/** The push providers of all applications, in memory: each step of a call asks whether there are any. */
export interface PushProviders {
  get(app: SdkAppId, name: string): PushConfig | undefined;
  /** In the order of their names. */
  of(app: SdkAppId): readonly PushConfig[];
  /**
   * Keeps what `change` makes of a provider as it is now, which another process may have changed a moment ago. Nothing is
   * written where that throws. Durable when the promise resolves, with what is in force.
   */
  change(app: SdkAppId, name: string, change: PushConfigChange): Promise<PushConfig>;
  remove(app: SdkAppId, name: string): Promise<void>;
}

/** What a push service knows a device by. */
export interface DeviceToken {
  readonly app: SdkAppId;
  readonly userId: UserId;
  readonly device: DeviceId;
  readonly provider: string;
  readonly channel: PushChannel;
  readonly token: string;
  readonly platform: string;
  /** ms. */
  readonly updatedAt: number;
}

/** The device tokens of users. All methods reject when the store is out of reach. */
export interface PushTokens {
  /** Takes the place of the device's other one of that provider and channel, and is taken from whoever else has it. */
  save(token: DeviceToken): Promise<void>;
  /** The newest first. */
  of(app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]>;
  /** Drops this very token; one that has taken its place stays. */
  drop(token: DeviceToken): Promise<void>;
  /** Drops those of a user, of a device if given, of a provider if given; says how many. */
  remove(app: SdkAppId, userId: UserId, device?: DeviceId, provider?: string): Promise<number>;
}

/** One ringing of one user: the same user can be invited into a call again, and then has another deadline. */
export interface Ring {
  readonly app: SdkAppId;
  readonly callId: CallId;
  /** ms; of the call. */
  readonly startedAt: number;
  readonly userId: UserId;
  /** ms. */
  readonly deadline: number;
}

/** A token that a push went to. `sure`: its service has taken it; else nobody knows. */
export interface PushTarget {
  readonly device: DeviceId;
  readonly provider: string;
  readonly channel: PushChannel;
  readonly sure: boolean;
}

/** A ring that pushes are or were sent for. */
export interface OpenRing extends Ring {
  /** `open`: pushes go out; `closing`: it rings no more, and cancels go out. */
  readonly state: 'open' | 'closing';
  readonly targets: readonly PushTarget[];
  /** How often it was taken over. */
  readonly tries: number;
}

/**
 * Which rings pushes are sent for, on disk, so that a crash loses none, and that of several nodes one sends them. A ring that
 * a device has acknowledged is kept as well: no push is sent for it. All methods reject when the store is out of reach.
 */
export interface PushRings {
  /** Takes a ring that nobody has: `ours`. Else a device has acknowledged it, or somebody sends its pushes already. */
  claim(ring: Ring): Promise<'ours' | 'acknowledged' | 'taken'>;
  /** A device rings; without effect once pushes go out. False when it is known already. */
  acknowledge(ring: Ring): Promise<boolean>;
  /** Whether it is this node's and still rings. */
  isOpen(ring: Ring): Promise<boolean>;
  /** Where its pushes have gone so far; false when it rings no more, and whoever closed it does not know of the newest. */
  sent(ring: Ring, targets: readonly PushTarget[]): Promise<boolean>;
  /** It rings no more: whoever closes it is handed where its pushes went, and sends the cancels. */
  close(ring: Ring): Promise<readonly PushTarget[] | undefined>;
  /** Nothing is left to do for it. */
  remove(ring: Ring): Promise<void>;
  /**
   * Takes over what processes that are no more have left; each ring goes to one node. Also what is this node's own by now, but
   * not in hand: an answer was lost. Each time a ring counts one more try.
   */
  takeOver(inHand: (ring: Ring) => boolean): Promise<readonly OpenRing[]>;
  /** Forgets rings whose deadline was before that time (ms). */
  prune(before: number): Promise<void>;
}

/** What a push says. */
export interface PushMessage {
  readonly kind: 'ring' | 'cancel' | 'test';
  readonly ring: Ring;
  readonly caller: UserId;
  readonly callerName: string;
  readonly callerAvatar: string;
  readonly mediaType: string;
  readonly callType: string;
  readonly chatGroupId: string;
  readonly info: PushInfo;
  /** With which the device answers over HTTPS; empty unless it rings. */
  readonly answerToken: string;
  /** Where; empty when the operator has not said how devices reach the server. */
  readonly answerUrl: string;
  /** Of a cancel: why it rings no more. */
  readonly reason: CancelReason | '';
}

/** Why a ring is over. */
export type CancelReason = 'answered' | 'rejected' | 'cancelled' | 'timeout';

/** What a push service said. `status` is that of HTTP, 0 when there was no answer; `text` what it said, without secrets. */
export interface PushOutcome {
  /** `gone`: the token is void; `failed`: trying again would not help. */
  readonly outcome: 'sent' | 'gone' | 'retry' | 'failed';
  readonly status: number;
  readonly text: string;
  /** What `text` says, where no service has said it. */
  readonly fault?: PushFault;
  /** ms that the service wants to be left alone. */
  readonly after?: number;
  /** Nothing was sent, so the device cannot have got it. */
  readonly unsent?: true;
  /** Members of what the app gets that were left out, as the service takes no more. */
  readonly omitted?: readonly string[];
}

/** Sends pushes of one kind. */
export interface PushSender {
  readonly kind: PushKind;
  /** Why a device cannot have this token, in words that follow its name; undefined when it can. */
  problem(token: string): string | undefined;
  /** Where pushes to this token go, where that is for devices to say; a place that is slow holds up no other one. */
  placeOf?(token: string): string;
  /** Never rejects; ends within a few seconds. */
  send(config: PushConfig, token: DeviceToken, message: PushMessage): Promise<PushOutcome>;
  close(): Promise<void>;
}

/** Something that happened to the pushes of a ring, for "why did it not ring?". */
export type PushNote =
  /** A device said that it rings. */
  | { readonly what: 'rings'; readonly userId: UserId; readonly device: DeviceId }
  /** No push: `off` was asked for, `noToken` of the user, `full`: too many at once. */
  | { readonly what: 'skipped'; readonly userId: UserId; readonly why: 'off' | 'noToken' | 'full' }
  /** Pushes go out: no device was `offline`, or those online were `silent`; `takenOver` from a process that is no more. */
  | {
      readonly what: 'decided';
      readonly userId: UserId;
      readonly why: 'offline' | 'silent' | 'takenOver';
      readonly devices: readonly string[];
      readonly tokens: number;
    }
  | {
      readonly what: 'push' | 'cancel';
      readonly userId: UserId;
      readonly device: DeviceId;
      readonly provider: string;
      readonly channel: PushChannel;
      /** From 1. */
      readonly attempt: number;
      readonly outcome: PushOutcome['outcome'];
      readonly status: number;
      readonly text: string;
      readonly fault?: PushFault;
      /** Members that were left out of what the app has got: it was too long. */
      readonly omitted?: readonly string[];
      /** ms. */
      readonly took: number;
      /** ms; when it is tried again, 0 when it is not. */
      readonly nextAt: number;
    }
  /** It rings no more, and cancels go out. */
  | { readonly what: 'over'; readonly userId: UserId; readonly why: CancelReason; readonly targets: number }
  /** Somebody answered with the token of a push. */
  | {
      readonly what: 'answered';
      readonly userId: UserId;
      readonly device: DeviceId;
      readonly action: 'accept' | 'reject' | 'ignore';
      /** Empty, or the name of the refusal. */
      readonly refusal: string;
    };

/** A note with the call that it is about. `at` and `startedAt` in ms. */
export interface LoggedPush {
  readonly callId: CallId;
  readonly startedAt: number;
  readonly at: number;
  readonly event: PushNote;
}

/** What became of pushes. */
export interface PushLog extends CallNotes<PushNote> {
  /** Of calls started before `before` (ms), the newest calls first, within a call in order. At most `limit`. */
  recent(app: SdkAppId, before: number, limit: number): Promise<readonly LoggedPush[]>;
  /** Deletes at most `limit` notes of calls started before this time (ms); says how many. */
  prune(before: number, limit: number): Promise<number>;
}

/** Where devices enter and leave their tokens. Rejects with a `Refusal`. */
export interface PushDesk {
  providers(app: SdkAppId): readonly { readonly name: string; readonly kind: PushKind; readonly publicKey?: string }[];
  register(token: Omit<DeviceToken, 'updatedAt'>): Promise<void>;
  unregister(app: SdkAppId, userId: UserId, device?: DeviceId, provider?: string): Promise<number>;
  tokens(app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]>;
}

/** Hears that a device rings. */
export interface RingHearer {
  /** Must not throw, and nobody waits. */
  rings(app: SdkAppId, callId: CallId, userId: UserId, device: DeviceId): void;
}
