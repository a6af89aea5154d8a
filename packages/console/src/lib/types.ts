import type { GroupRole, GroupType, PushFault, PushKind } from 'ringback-protocol';
import type { Role } from './api.ts';

/** Answers of the settings API; times in ms. */

export interface KeyView {
  readonly id: string;
  readonly createdAt: number;
  readonly masked: string;
  readonly secret?: string;
}

export interface AppView {
  readonly id: number;
  readonly name: string;
  readonly disabled: boolean;
  readonly packageExpiresAt: number;
  readonly allowIps: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly disabledCommands: readonly string[];
  readonly admins: readonly string[];
  /** In force. */
  readonly settings: AppSettings;
  /** Set for this application alone. */
  readonly overrides: Partial<AppSettings>;
  readonly keys: readonly KeyView[];
}

export interface AppSettings {
  readonly maxMembers: number;
  readonly multiDevice: 'ring-all' | 'single';
  readonly glare: 'merge' | 'busy';
  readonly unknownCallee: 'refuse' | 'ring';
  readonly groupsRequired: boolean;
  readonly groupMembers: number;
  readonly groupsJoined: number;
  readonly rates: Readonly<Record<string, number>>;
  readonly maxInFlight: number;
}

export interface LiveMember {
  readonly userId: string;
  readonly status: string;
  readonly device: string;
  readonly robot: boolean;
}

export interface LiveCall {
  readonly app: number;
  readonly callId: string;
  readonly callType: string;
  readonly mediaType: string;
  readonly carrier: string;
  readonly startedAt: number;
  readonly acceptedAt: number;
  readonly members: readonly LiveMember[];
}

/** Live calls, the first of them, and how many there are in all. */
export interface LiveCalls {
  readonly calls: readonly LiveCall[];
  readonly total: number;
}

export interface RecordView {
  readonly app: number;
  readonly callId: string;
  readonly callType: string;
  readonly mediaType: string;
  readonly caller: string;
  readonly members: readonly string[];
  readonly startedAt: number;
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly result: string;
}

/** Times of answered calls; null without one. */
export interface Spread {
  readonly n: number;
  readonly median: number | null;
  readonly p95: number | null;
}

export interface CallStats {
  readonly from: number;
  readonly to: number;
  /** s. */
  readonly bucket: number;
  readonly total: number;
  readonly answered: number;
  readonly results: Readonly<Record<string, number>>;
  readonly ring: Spread;
  readonly talk: Spread;
  readonly buckets: readonly { readonly at: number; readonly n: number; readonly answered: number }[];
}

export interface RequestRates {
  readonly since: number;
  /** All there are; the numbers are of the one that answers. */
  readonly nodes: number;
  readonly minutes: readonly {
    readonly at: number;
    readonly n: number;
    readonly codes: Readonly<Record<string, number>>;
    readonly slowest: number;
  }[];
}

export interface WebhookHealth {
  readonly endpoints: readonly {
    readonly id: string;
    readonly state: string;
    readonly failing: boolean;
    readonly waiting: number;
    readonly parked: number;
    readonly oldestAt: number;
  }[];
  readonly lag: Spread;
}

export interface RequestView {
  readonly requestId: string;
  readonly app: number;
  readonly at: number;
  readonly command?: string;
  readonly code?: number;
  readonly took?: number;
  readonly clientIp?: string;
  readonly remembered?: boolean;
  readonly callId?: string;
  readonly type?: string;
}

export interface UserView {
  readonly userId: string;
  readonly nick: string;
  readonly avatar: string;
  readonly createdAt: number;
  readonly kickedAt: number;
  readonly devices: readonly { readonly device: string; readonly platform: string; readonly since: number }[];
}

export interface UserDetails extends UserView {
  readonly items: Readonly<Record<string, string | number>>;
  readonly groups: readonly {
    readonly groupId: string;
    readonly name: string;
    readonly type: GroupType;
    readonly role: GroupRole;
  }[];
  readonly callId: string;
  readonly admin: boolean;
}

export interface GroupView {
  readonly groupId: string;
  readonly type: GroupType;
  readonly name: string;
  readonly owner: string;
  readonly memberCount: number;
  readonly maxMembers: number;
  readonly createdAt: number;
  readonly introduction: string;
}

export interface GroupMember {
  readonly userId: string;
  readonly role: GroupRole;
  readonly joinedAt: number;
  readonly nameCard: string;
  readonly nick: string;
  readonly online: boolean;
}

export interface EndpointView {
  readonly app: number;
  readonly id: string;
  readonly format: string;
  readonly url: string;
  readonly commands: readonly string[];
  readonly state: string;
  readonly token: boolean;
  readonly secrets: readonly string[];
  readonly waiting: number;
  readonly parked: number;
  readonly failing: boolean;
  readonly oldestAt: number;
}

export interface ParkedView {
  readonly webhookId: string;
  readonly command: string;
  readonly callId: string;
  readonly eventTime: number;
  readonly firstAt: number;
  readonly attempts: number;
}

export interface AttemptView {
  readonly webhookId: string;
  readonly endpoint: string;
  readonly url: string;
  readonly command: string;
  readonly callId: string;
  readonly at: number;
  readonly took: number;
  readonly status: number;
  readonly error: string;
  readonly answer: string;
  readonly body: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly nextAt: number;
}

export interface PushProviderView {
  readonly app: number;
  readonly name: string;
  readonly kind: PushKind;
  /** What is not secret of its set-up. */
  readonly setup: Readonly<Record<string, string>>;
  /** Of a webhook; in full when one was made or set just now. */
  readonly secrets: readonly string[];
}

export interface DeviceTokenView {
  readonly user: string;
  readonly device: string;
  readonly provider: string;
  readonly channel: string;
  readonly platform: string;
  readonly tokenEnd: string;
  readonly updatedAt: number;
}

export interface PushTestResult extends DeviceTokenView {
  readonly outcome: 'sent' | 'gone' | 'retry' | 'failed';
  /** Of HTTP; 0 without an answer. */
  readonly status: number;
  readonly text: string;
  readonly fault?: PushFault;
}

export interface Finding {
  readonly level: 'good' | 'note' | 'wrong';
  readonly code: string;
  /** In English. */
  readonly text: string;
  /** Durations in s. */
  readonly data: Readonly<Record<string, string | number>>;
}

export interface OperatorView {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly sessions: number;
  readonly seenAt: number;
}

export interface TokenView {
  readonly id: string;
  readonly label: string;
  readonly role: Role;
  readonly operator: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number;
}

export interface AuditEntry {
  readonly at: number;
  readonly who: string;
  readonly ip: string;
  readonly operation: string;
  readonly app: number;
  readonly input: string;
  readonly outcome: string;
}

export interface CarrierHealth {
  readonly name: string;
  readonly up: boolean;
  readonly problem: string;
  readonly rooms: number;
  readonly peers: number;
}

export interface LinkQuality {
  readonly viewer: string;
  readonly userId: string;
  readonly reports: number;
  readonly rtt: number;
  readonly loss: number;
  readonly jitter: number;
  readonly fps: number;
  readonly worstLoss: number;
  readonly worstRtt: number;
  readonly width: number;
  readonly height: number;
  readonly freezes: number;
  readonly grade: number;
}

/** What one member received of another over time; null where nothing was reported. Times in ms. */
export interface LinkCourse {
  readonly viewer: string;
  readonly userId: string;
  readonly grade: readonly (number | null)[];
  readonly loss: readonly (number | null)[];
  readonly rtt: readonly (number | null)[];
  readonly jitter: readonly (number | null)[];
  readonly fps: readonly (number | null)[];
}

/** How the media of a call was, in sum and in stretches of `step` ms. */
export interface CallQuality {
  readonly links: readonly LinkQuality[];
  readonly course: {
    readonly from: number;
    readonly step: number;
    readonly points: number;
    readonly links: readonly LinkCourse[];
  };
}
