import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Calls } from '../calls/calls.ts';
import type { Removal } from '../calls/removal.ts';
import type { Command } from '../commands/command.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Groups } from '../ports/groups.ts';
import type { Presence } from '../ports/presence.ts';
import type { PushDesk } from '../ports/push.ts';
import type { Rates } from '../ports/rates.ts';
import type { CallStore } from '../ports/store.ts';
import type { Listeners } from '../webhooks/listeners.ts';
import type { Authenticator } from './authenticator.ts';
import type { PagesOptions } from './pages.ts';
import type { PushAnswerer } from './push-answers.ts';
import type { RequestLog } from './request-log.ts';

/** Where a port listens. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A certificate and its key, as PEM text. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** What an operator may set about the gateway. Times in ms, sizes in bytes. */
export interface GatewaySettings {
  /** `serve` in development and behind a declared proxy; otherwise callers are sent to HTTPS. */
  readonly http?: ListenAddress & { readonly mode: 'serve' | 'redirect' };
  readonly https?: ListenAddress & { readonly tls: TlsMaterial };
  /** `/metrics`, `/healthz` and `/readyz`, meant for loopback. */
  readonly ops?: ListenAddress;
  /** Enforces the letter of the documentation. */
  readonly strict: boolean;
  /** Addresses and CIDR ranges of proxies that terminate TLS; their `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[];
  /** Requests per second of an application and command, where neither has a limit of its own. */
  readonly commandRate: number;
  /** Requests per second of an application over all commands, where it has no limit of its own. */
  readonly appRate: number;
  readonly bodyBytes: number;
  readonly maxConnections: number;
  /** HTTP connections of one address (for IPv6: one network of 64 bits); declared proxies have no such bound. */
  readonly maxConnectionsPerIp: number;
  /** Days that `get_record_by_filter` looks back at most. */
  readonly windowDays: number;
  /** For the headers of a request to arrive; a TLS handshake has as long. */
  readonly headersTimeout: number;
  /** For a whole request to arrive. */
  readonly requestTimeout: number;
  /** How long a connection is kept on which nothing moves; at most 15 s longer. */
  readonly keepAliveTimeout: number;
  /** For a command to answer. */
  readonly commandTimeout: number;
  /** Mean delay of the event loop above which requests are refused. */
  readonly overloadDelay: number;
  /** How long `close` waits for answers that are under way. */
  readonly closeGrace: number;
}

/** Defaults of everything but the addresses. */
export const defaultGatewaySettings: GatewaySettings = {
  strict: false,
  trustProxy: [],
  commandRate: 200,
  appRate: 1000,
  bodyBytes: 65_536,
  maxConnections: 20_000,
  maxConnectionsPerIp: 2000,
  windowDays: 7,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  commandTimeout: 3000,
  overloadDelay: 500,
  closeGrace: 5000,
};

/** What the gateway writes besides the access lines; pino fits. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts requests. Called once for each, so it must be cheap. */
export interface GatewayMetrics {
  /**
   * `command` is `service/command`, or `none` when the request named none that exists. `code` is its ErrorCode, −1 when
   * the caller gave up while it was sending. `ms` is the time it took.
   */
  answered(command: string, code: number, ms: number): void;
}

/** Serves the settings API. */
export interface AdminHandler {
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    arrival: { readonly clientIp: string; readonly https: boolean },
  ): void;
}

/** Everything the gateway is made of. */
export interface GatewayOptions {
  readonly settings: GatewaySettings;
  readonly apps: Apps;
  readonly authenticator: Authenticator;
  readonly commands: readonly Command[];
  readonly calls: Calls;
  readonly store: CallStore;
  readonly endpoints: Endpoints;
  readonly accounts: Accounts;
  readonly groups: Groups;
  readonly presence: Presence;
  /** Absent where this is the only node. */
  readonly rates?: Rates;
  readonly removal: Removal;
  readonly push: PushDesk;
  /** Why webhooks may not go to a URL, in words that follow its name. */
  readonly webhookProblem: (url: string) => string | undefined;
  /** Who looks on while events happen. */
  readonly listeners: Listeners;
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** Takes access lines, one or more at a time, without the last line end; none when such lines are not wanted. */
  readonly accessLog?: (lines: string) => void;
  readonly metrics: GatewayMetrics;
  /** Remembers the last requests. */
  readonly requests?: RequestLog;
  /** The text of `/metrics`. */
  readonly metricsText: () => Promise<string> | string;
  /** When set, `/metrics` is served on the main ports too, to callers with this bearer token. */
  readonly metricsToken?: string;
  /** Serves `/admin/…`; absent: there is no such path. */
  readonly admin?: AdminHandler;
  /** Answers calls with the tokens of pushes. */
  readonly pushAnswers?: PushAnswerer;
  /** Built pages beside the API. */
  readonly pages?: readonly PagesOptions[];
  /** WebSocket requests for `/signalling`. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Whether the server takes requests: false while it starts and stops, or when its store is broken. */
  readonly ready: () => boolean;
  /** What is wrong, in sentences that anybody may read, the worst first; none when nothing is, or when not given. */
  readonly concerns?: () => readonly { readonly text: string }[];
  /** All that operators may want to see of it, for the port that is theirs. */
  readonly healthDetail?: () => object;
  /** Whether the node has more work than it can do; measures the event loop when not given. */
  readonly overloaded?: () => boolean;
}
