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
  readonly settings: AppSettings;
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

export interface Finding {
  readonly level: 'good' | 'note' | 'wrong';
  readonly text: string;
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
