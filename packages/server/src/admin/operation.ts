import type { CallId, SdkAppId, UrlFlaw } from 'ringback-protocol';
import type { Static, TObject, TSchema } from 'typebox';
import type { ConsoleAuth } from '../auth/console-auth.ts';
import type { Calls } from '../calls/calls.ts';
import type { LiveCalls } from '../calls/live-calls.ts';
import type { Removal } from '../calls/removal.ts';
import type { SpreadOfTimes } from '../observe/time-buckets.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConsoleRole, ConsoleStore } from '../ports/console.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Groups } from '../ports/groups.ts';
import type { Carrier, CarrierHealth, QualityReports } from '../ports/media.ts';
import type { MediaEvents } from '../ports/media-events.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { PendingEvents } from '../ports/outbox.ts';
import type { Presence } from '../ports/presence.ts';
import type { DeviceToken, PushLog, PushOutcome, PushProviders, PushTokens } from '../ports/push.ts';
import type { RecordSearch } from '../ports/record-search.ts';
import type { SecretsAtRest } from '../ports/secrets-at-rest.ts';
import type { CallStore } from '../ports/store.ts';
import type { Dispatcher } from '../webhooks/dispatcher.ts';

/** What a running server says of itself. */
export interface ServerFacts {
  readonly dev: boolean;
  /** ms. */
  readonly startedAt: number;
  /** URLs such as `http://127.0.0.1:8080`; a port that is off is missing. */
  readonly addresses: { readonly http?: string; readonly https?: string; readonly ops?: string };
  /** The certificate chain in use, PEM, which its files may be no more; empty without HTTPS. */
  readonly certificate: string;
}

/** What a running server knows of the media of its calls. */
export interface MediaFacts {
  /** What carries the media of a call now; empty when nothing does. */
  carrierOf(app: SdkAppId, callId: CallId): Carrier | '';
  health(): readonly CarrierHealth[];
}

/** A request as it is remembered. Times in ms. */
export interface RememberedRequest {
  readonly requestId: string;
  /** 0 when it named none that exists. */
  readonly app: number;
  readonly at: number;
  readonly command: string;
  readonly code: number;
  readonly took: number;
  readonly clientIp: string;
}

/** What this node remembers of the requests of the API. */
export interface RequestMemory {
  /** ms. */
  readonly since: number;
  find(text: string): RememberedRequest | undefined;
  /** The newest first. */
  newest(limit: number, wanted: (request: RememberedRequest) => boolean): readonly RememberedRequest[];
  /** Those minutes that had requests, the newest last. */
  minutes(
    from: number,
    to: number,
  ): readonly {
    readonly at: number;
    readonly n: number;
    readonly codes: ReadonlyMap<number, number>;
    readonly slowest: number;
  }[];
}

/** What operations work on. What may be absent is there in a running server only. */
export interface OperationContext {
  readonly apps: Apps;
  readonly accounts: Accounts;
  readonly store: CallStore;
  readonly search: RecordSearch;
  readonly groups: Groups;
  readonly endpoints: Endpoints;
  readonly pending: PendingEvents;
  readonly quality: Pick<QualityReports, 'of'>;
  readonly secrets: SecretsAtRest;
  readonly mediaEvents: Pick<MediaEvents, 'of'>;
  readonly pushProviders: PushProviders;
  readonly pushTokens: PushTokens;
  readonly pushLog: Pick<PushLog, 'of' | 'recent'>;
  readonly pushes?: { test(token: DeviceToken): Promise<PushOutcome> };
  /** Why webhooks and pushes may not go to a URL; undefined when they may. */
  readonly urlFlaw: (url: string) => UrlFlaw | undefined;
  readonly clock: Clock;
  readonly console: ConsoleStore;
  readonly auth: ConsoleAuth;
  readonly presence?: Pick<Presence, 'devices'>;
  readonly removal?: Removal;
  readonly calls?: Calls;
  readonly live?: Pick<LiveCalls, 'watch'>;
  readonly requests?: RequestMemory;
  /** Where several share the store. */
  readonly nodes?: Pick<Nodes, 'living'>;
  /** How late deliveries of webhooks were, lately. */
  readonly webhookLag?: () => SpreadOfTimes;
  readonly webhooks?: Pick<
    Dispatcher,
    'catchUp' | 'isAlone' | 'waiting' | 'failing' | 'test' | 'outgoing' | 'triggered'
  >;
  readonly media?: MediaFacts;
  readonly server?: ServerFacts;
}

/** Who asks for an operation. */
export interface Actor {
  /** As the audit log names them: an operator, `token:<id>` of a program, `cli`. */
  readonly who: string;
  readonly role: ConsoleRole;
  /** Empty for the command line. */
  readonly ip: string;
  /** What they may do by now, undefined when they would not be let in any more; absent for the command line. */
  readonly roleNow?: () => ConsoleRole | undefined;
}

/** Whoever can open the control socket or the database owns the installation. */
export const commandLine: Actor = { who: 'cli', role: 'owner', ip: '' };

/** The cause of what an operator does to users and calls. */
export const causeOf = ({ ip }: Actor) =>
  ({
    cause: 'operator',
    actor: '',
    device: '',
    requestId: '',
    origin: { clientIp: ip, platform: 'RESTAPI' },
  }) as const;

/** Bytes that a request may have, where its operation does not say that it takes more. */
export const bodyLimit = 65_536;

/** One thing that an operator can do. Its answer is JSON; what it refuses it throws as a `Refusal` with a sentence. */
export interface Operation<Name extends string = string, Input extends TObject = TObject, Answer = unknown> {
  readonly name: Name;
  /** A sentence. */
  readonly doc: string;
  /** The least role that may do it. */
  readonly role: ConsoleRole | ((input: Static<Input>) => ConsoleRole);
  /** Where the settings API has it; members of the input that the path names stand in it. What is got changes nothing. */
  readonly http: readonly [method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string];
  readonly input: Input;
  /** What it answers, for the documents. */
  readonly answer: TSchema;
  /** It changes nothing that another could, and need not wait for those before it, however long they take; reading never does. */
  readonly beside?: true;
  /** Waits only for those of the same name, and they for it; else for all that name none. */
  readonly lane?: string;
  /** Bytes that a request with all that it takes can need, where `bodyLimit` is less. */
  readonly bodyBytes?: number;
  /** Which application it is about, where the input does not say so, for the audit log; 0 when it is none. */
  readonly about?: (context: OperationContext, input: Static<Input>) => Promise<SdkAppId | 0>;
  /** For the command line on the machine of the server alone: the settings API does not have it. */
  readonly local?: true;
  handle(context: OperationContext, input: Static<Input>, actor: Actor): Answer | Promise<Answer>;
}

/** Declares an operation, keeping the exact types of its name, input and answer. */
export const operation = <const Name extends string, Input extends TObject, Answer>(
  declared: Operation<Name, Input, Answer>,
): Operation<Name, Input, Answer> => declared;
