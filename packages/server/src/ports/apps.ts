import type { SdkAppId } from 'ringback-protocol';

/** A secret key that signs UserSigs. Several may be valid while one replaces the other. */
export interface AppKey {
  /** Short public name, such as `k1`; safe to log. */
  readonly id: string;
  readonly secret: string;
  /** ms. */
  readonly createdAt: number;
}

/** What may differ from application to application. */
export interface AppSettings {
  /** Members of a call, the caller included: 2 to 100. */
  readonly maxMembers: number;
  readonly multiDevice: 'ring-all' | 'single';
  readonly glare: 'merge' | 'busy';
  /** What happens when a callee has never existed. */
  readonly unknownCallee: 'refuse' | 'ring';
  /** Whether the group of a call must be one that this server keeps. */
  readonly groupsRequired: boolean;
  /** Members of a group, its owner included, where groups of its type have a bound. */
  readonly groupMembers: number;
  /** Groups that one user can be in. */
  readonly groupsJoined: number;
  /** Requests per second: of one command, by `service/command`, and of all together under `*`. */
  readonly rates: Readonly<Record<string, number>>;
  /** Unanswered requests at once. */
  readonly maxInFlight: number;
}

/** An application: a name space of users and calls with keys of its own. */
export interface App {
  readonly sdkAppId: SdkAppId;
  readonly name: string;
  readonly keys: readonly AppKey[];
  readonly disabled: boolean;
  /** ms; 0 = never. */
  readonly packageExpiresAt: number;
  /** Addresses and CIDR ranges that may call the REST API; empty = all. */
  readonly allowIps: readonly string[];
  /** Origins of pages that may sign devices in, such as `https://app.example.com` or `https://*.example.com`; empty = all. */
  readonly allowOrigins: readonly string[];
  /** `service/command` words that are switched off. */
  readonly disabledCommands: readonly string[];
  /** User ids that may call the REST API; at most 10. */
  readonly admins: readonly string[];
  /** What was set for this application alone. */
  readonly overrides: Partial<AppSettings>;
  /** In force: the settings of the server, and over them the overrides. */
  readonly settings: AppSettings;
}

/** An application as it is kept: what is in force follows from the settings of the server that reads it. */
export type KeptApp = Omit<App, 'settings'>;

/** The applications of this installation. All of them are in memory: every request asks. */
export interface Apps {
  /** At once, from memory. */
  get(sdkAppId: number): App | undefined;
  list(): readonly App[];
  /** Writes the application, durably, whatever was there; it is in force when the promise resolves. */
  save(app: KeptApp): Promise<void>;
  /**
   * The same with what `change` makes of it as it is now, which another process may have changed a moment ago. Nothing is
   * written where that answers what it was given, or throws. Resolves with what is in force.
   */
  change(sdkAppId: SdkAppId, change: (before: KeptApp | undefined) => KeptApp): Promise<App>;
  /** Called with the application after each change, also one that another process made. */
  onChange(listener: (app: App) => void): void;
}
