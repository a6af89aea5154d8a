import type { CallResult, CallType, MediaType, Platform } from 'ringback-protocol';
import type { Action, ServerActionName, UserActionName } from './words.ts';

/** What a user does when called; `after` (ms) the ring, or the reaction before. */
export interface Reaction {
  readonly after: number;
  readonly action: Action<UserActionName>;
}

/** A virtual user as a script describes it. */
export interface ScriptUser {
  readonly id: string;
  readonly devices: readonly string[];
  readonly signedIn: boolean;
  readonly push: boolean;
  readonly busy: boolean;
  readonly platform: Platform;
  /** ms by which the devices' own clocks are ahead; below zero when behind. */
  readonly skew: number;
  readonly signature: 'good' | 'expired' | 'wrongKey';
  readonly whenCalled: readonly Reaction[];
}

/** One entry of the timeline; `at` in ms since the beginning. */
export type TimelineEntry = { readonly at: number } & (
  | { readonly user: string; readonly action: Action<UserActionName> }
  | { readonly user: undefined; readonly action: Action<ServerActionName> }
);

/** What a record is compared with; what is left out does not count. Times in ms. */
export interface ExpectedRecord {
  readonly result: CallResult;
  readonly caller?: string;
  readonly members?: readonly string[];
  readonly type?: CallType;
  readonly media?: MediaType;
  readonly ring?: number;
  readonly talk?: number;
}

export interface Expectation {
  readonly records?: readonly ExpectedRecord[];
  readonly recordCount?: number;
  /** How many there are of each result; of those left out, none. */
  readonly results?: Readonly<Partial<Record<CallResult, number>>>;
  readonly webhooks?: readonly string[];
  readonly webhookCount?: number;
  readonly pushes?: readonly string[];
  readonly refusals?: readonly string[];
}

/** Calls between virtual users, by the hour. */
export interface Traffic {
  readonly callsPerHour: readonly number[];
  readonly users: number;
  readonly answered: number;
  /** ms. */
  readonly talk: number;
}

/** Calls of the past. */
export interface History {
  readonly days: number;
  readonly callsPerDay: number;
  readonly users: number;
}

/** A script, read and checked. */
export interface Script {
  readonly about: string;
  /** ms; undefined: now. */
  readonly start: number | undefined;
  readonly clock: 'paused' | 'running';
  readonly settings: Readonly<Record<string, string>>;
  readonly users: readonly ScriptUser[];
  readonly timeline: readonly TimelineEntry[];
  readonly traffic: Traffic | undefined;
  readonly history: History | undefined;
  readonly webhooks: { readonly failFirst: number };
  /** ms; undefined: until nothing is left to happen. */
  readonly lasts: number | undefined;
  readonly expect: Expectation | undefined;
}
