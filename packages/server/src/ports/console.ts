import type { SdkAppId } from 'ringback-protocol';

/** What an operator of the installation may do: look, run calls and webhooks, or everything. */
export const consoleRoles = ['viewer', 'operator', 'owner'] as const;
export type ConsoleRole = (typeof consoleRoles)[number];

/** Somebody who may use the console. Times in ms. */
export interface ConsoleOperator {
  readonly name: string;
  readonly role: ConsoleRole;
  /** A hash that takes memory to make; empty until the first sign-in by link. */
  readonly password: string;
  readonly createdAt: number;
}

/** A browser that is signed in. */
export interface ConsoleSession {
  /** SHA-256 of the secret in the cookie, hex. */
  readonly hash: string;
  readonly operator: string;
  readonly createdAt: number;
  /** Of the last request, to the minute. */
  readonly seenAt: number;
  readonly ip: string;
  /** Of the browser, as it names itself. */
  readonly agent: string;
}

/** A token for programs that use the settings API. */
export interface ApiToken {
  readonly id: string;
  /** SHA-256 of the secret part, hex. */
  readonly hash: string;
  /** For people. */
  readonly label: string;
  readonly role: ConsoleRole;
  /** Who made it. */
  readonly operator: string;
  readonly createdAt: number;
  /** 0 = never. */
  readonly expiresAt: number;
  /** To the minute; 0 = never used. */
  readonly usedAt: number;
}

/** A link that lets one person set a password, once. */
export interface ConsoleLink {
  /** SHA-256 of the secret in the link, hex. */
  readonly hash: string;
  readonly operator: string;
  readonly role: ConsoleRole;
  readonly expiresAt: number;
}

/** One thing that somebody changed, or tried to. */
export interface AuditEntry {
  readonly at: number;
  /** The name of the operator; `token:<id>` for a program, `cli` for the command line. */
  readonly who: string;
  readonly ip: string;
  readonly operation: string;
  /** 0 when it is about no application. */
  readonly app: SdkAppId | 0;
  /** What was asked for, without secrets, as JSON. */
  readonly input: string;
  /** `ok`, or the name of the refusal. */
  readonly outcome: string;
}

/** What the console keeps. All but the audit log is in memory; a change is on disk when its promise resolves. */
export interface ConsoleStore {
  operators(): readonly ConsoleOperator[];
  operator(name: string): ConsoleOperator | undefined;
  saveOperator(operator: ConsoleOperator): Promise<void>;
  /** With the sessions, links and tokens of the operator. */
  removeOperator(name: string): Promise<void>;
  session(hash: string): ConsoleSession | undefined;
  sessions(): readonly ConsoleSession[];
  saveSession(session: ConsoleSession): Promise<void>;
  /** Notes a request of a session; one that is gone stays gone. */
  touchSession(hash: string, seenAt: number): Promise<void>;
  removeSession(hash: string): Promise<void>;
  token(id: string): ApiToken | undefined;
  tokens(): readonly ApiToken[];
  saveToken(token: ApiToken): Promise<void>;
  /** Notes a use of a token; one that is gone stays gone. */
  touchToken(id: string, usedAt: number): Promise<void>;
  removeToken(id: string): Promise<void>;
  link(hash: string): ConsoleLink | undefined;
  saveLink(link: ConsoleLink): Promise<void>;
  /** Takes a link out: only one caller gets it. */
  takeLink(hash: string): Promise<ConsoleLink | undefined>;
  audit(entry: AuditEntry): Promise<void>;
  /** Newest first; `before` (ms and place, from the page before) continues. */
  auditLog(asked: {
    readonly limit: number;
    readonly before?: number;
    readonly who?: string;
    readonly app?: SdkAppId;
  }): Promise<readonly (AuditEntry & { readonly place: number })[]>;
  /** Deletes at most `limit` entries of the audit log from before this time (ms); says how many. */
  pruneAudit(before: number, limit: number): Promise<number>;
}
