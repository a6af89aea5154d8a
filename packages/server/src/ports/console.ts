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
  /** SHA-256 of what is kept of the passwords that it is good for, hex; missing in those of older versions. */
  readonly passwords?: readonly string[];
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
  /** Who made it, as the audit log names them; missing in those of older versions. */
  readonly by?: string;
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
  /** `ok`, the name of the refusal, or `begun`. */
  readonly outcome: string;
}

/** The outcome of what is under way, and of what a crash cut off: it may have been done or not. */
export const begun = 'begun';

/** What an operator becomes; the same or undefined changes nothing. May run more than once, and what it throws changes nothing. */
export type OperatorChange = (
  kept: ConsoleOperator | undefined,
  all: readonly ConsoleOperator[],
) => ConsoleOperator | undefined;

/** What the console keeps. All but the audit log is in memory; a change is on disk when its promise resolves. */
export interface ConsoleStore {
  /**
   * Reads what other nodes have changed by now; absent where there are none. However many ask, it is a few times a second that
   * the store is read. Rejects when that is out of reach.
   */
  look?(): Promise<void>;
  operators(): readonly ConsoleOperator[];
  operator(name: string): ConsoleOperator | undefined;
  /**
   * Changes or makes an operator by a function of what is kept at that moment, whichever node kept it. Answers what is kept
   * afterwards.
   */
  changeOperator(name: string, change: OperatorChange): Promise<ConsoleOperator | undefined>;
  /** With the sessions, links and tokens of the operator. What `check` throws about those of that moment keeps all. */
  removeOperator(name: string, check?: (all: readonly ConsoleOperator[]) => void): Promise<void>;
  session(hash: string): ConsoleSession | undefined;
  sessions(): readonly ConsoleSession[];
  saveSession(session: ConsoleSession): Promise<void>;
  /** Notes a request of a session; one that is gone stays gone. */
  touchSession(hash: string, seenAt: number): Promise<void>;
  /** Makes a session good for these passwords; one that is gone stays gone. */
  bindSession(hash: string, passwords: readonly string[]): Promise<void>;
  removeSession(hash: string): Promise<void>;
  token(id: string): ApiToken | undefined;
  tokens(): readonly ApiToken[];
  saveToken(token: ApiToken): Promise<void>;
  /** Notes a use of a token; one that is gone stays gone. */
  touchToken(id: string, usedAt: number): Promise<void>;
  removeToken(id: string): Promise<void>;
  link(hash: string): ConsoleLink | undefined;
  links(): readonly ConsoleLink[];
  saveLink(link: ConsoleLink): Promise<void>;
  /** Takes a link out, and with it all others of its operator: only one caller gets it. */
  takeLink(hash: string): Promise<ConsoleLink | undefined>;
  /** Deletes what is over, in one transaction. */
  forget(over: {
    /** Their hashes, and those of the links; the ids of the tokens. */
    readonly sessions: readonly string[];
    readonly links: readonly string[];
    readonly tokens: readonly string[];
  }): Promise<void>;
  /** Answers the place of the entry. */
  audit(entry: AuditEntry): Promise<number>;
  /** Writes how it ended into an entry. */
  auditEnd(place: number, outcome: string): Promise<void>;
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
