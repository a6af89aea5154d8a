import { type ErrorName, type RequestId, serviceErrors } from 'ringback-protocol';
import type { Static, TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Calls } from '../calls/calls.ts';
import type { Removal } from '../calls/removal.ts';
import type { Cause } from '../calls/requests.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { App } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Groups } from '../ports/groups.ts';
import type { Presence } from '../ports/presence.ts';
import type { PushDesk } from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';
import type { ExampleScene } from './examples.ts';
import { bodyReader } from './read-body.ts';

/** What a command is given besides the body of the request. */
export interface CommandContext {
  readonly app: App;
  readonly calls: Calls;
  readonly store: CallStore;
  readonly endpoints: Endpoints;
  readonly accounts: Accounts;
  readonly groups: Groups;
  readonly presence: Presence;
  readonly removal: Removal;
  readonly push: PushDesk;
  /** Why webhooks may not go to a URL, in words that follow its name; undefined when they may. */
  readonly webhookProblem: (url: string) => string | undefined;
  readonly clock: Clock;
  /** Days that `get_record_by_filter` looks back at most. */
  readonly windowDays: number;
  /** For the history and the webhooks, should the command change something. */
  readonly cause: Cause;
  readonly requestId: RequestId;
  /** Empty when unknown. */
  readonly clientIp: string;
}

/** A request and its answer, shown in the documents and run by a test. */
export interface Example {
  readonly title: string;
  /** What there is before the request. */
  readonly scene: ExampleScene;
  readonly request: object;
  /** What is answered beyond the envelope; null for a command that answers the envelope only. */
  readonly response: object | string | null;
}

type Answer<Response extends TSchema | null> = Response extends TSchema ? Static<Response> : null;

/** The API, or the legacy API, which has an envelope and numbers of its own. */
export type ApiVersion = 'v4' | 'v1';

/** The member of an answer that holds what a command says. */
export type AnswerHolder = 'Response' | 'data';

/** Services whose answers have no such member: what they say stands beside the members of the envelope. */
const openServices: ReadonlySet<string> = new Set(['im_open_login_svc', 'openim', 'profile', 'group_open_http_svc']);

/** A REST command as its own file declares it. */
export interface CommandDeclaration<Request extends TObject, Response extends TSchema | null> {
  /** `v4` when not given. */
  readonly version?: ApiVersion;
  readonly service: string;
  readonly command: string;
  /** One line, for lists. */
  readonly summary: string;
  /** Markdown, for the reference. */
  readonly description: string;
  /** Requests per second of one application, where the command has a limit of its own. */
  readonly rate?: number;
  /** Bytes that a body with all that the command takes can need, where that is more than the settings allow for all. */
  readonly bodyBytes?: number;
  readonly request: Request;
  /** What it answers beyond the envelope; null when it is nothing. */
  readonly response: Response;
  /** What it refuses with besides the checks of the gateway and `internal`. */
  readonly errors: readonly ErrorName[];
  readonly examples: readonly Example[];
  /**
   * Answers at once where it can: a promise costs more than most commands. Throws or rejects with a `Refusal`;
   * `internal` and `bad_params` become the numbers of the service.
   */
  handle(context: CommandContext, body: Static<Request>): Answer<Response> | Promise<Answer<Response>>;
  /** How large an answer may be, in bytes, and what is answered instead of a larger one. */
  readonly largest?: { readonly bytes: number; readonly error: ErrorName };
  /**
   * Its answers are values: the same object may be answered again and is never changed. Then it is checked and written
   * as JSON once.
   */
  readonly reusesAnswers?: boolean;
}

/** A REST command, ready to be served. */
export interface Command {
  readonly version: ApiVersion;
  readonly service: string;
  readonly command: string;
  /** `service/command`, or `v1/service/command`: the word that settings, metrics and logs know it by. */
  readonly path: string;
  /** The path of its URL. */
  readonly url: string;
  /** Where the answer stands in the envelope; undefined: beside its members. */
  readonly holder: AnswerHolder | undefined;
  readonly summary: string;
  readonly description: string;
  /** Requests per second of one application; undefined: what the settings say for all commands. */
  readonly rate: number | undefined;
  /** Bytes that a body may have; undefined: what the settings say for all commands. */
  readonly bodyBytes: number | undefined;
  readonly request: TObject;
  readonly response: TSchema | null;
  readonly errors: readonly ErrorName[];
  readonly examples: readonly Example[];
  /** The body in the form of the request's schema; throws `Refusal('bad_params')` that names the field. */
  read(body: object): unknown;
  handle(context: CommandContext, body: unknown): unknown;
  /** How large an answer may be, in bytes, and what is answered instead of a larger one. */
  readonly largest: { readonly bytes: number; readonly error: ErrorName } | undefined;
  /** The same answer may come again, as the very same object. */
  readonly reusesAnswers: boolean;
  /** Whether an answer is what the declaration promises. */
  fits(answer: unknown): boolean;
}

/** Turns a declaration into a command: compiles its schemas once. */
export function defineCommand<Request extends TObject, Response extends TSchema | null>(
  declaration: CommandDeclaration<Request, Response>,
): Command {
  const { version = 'v4', service, command, summary, description, request, response, errors, examples } = declaration;
  const answer = response === null ? undefined : Compile(response);
  return {
    version,
    service,
    command,
    path: version === 'v4' ? `${service}/${command}` : `${version}/${service}/${command}`,
    url: `/${version}/${service}/${command}`,
    holder: version === 'v1' ? 'data' : openServices.has(service) ? undefined : 'Response',
    summary,
    description,
    rate: declaration.rate,
    bodyBytes: declaration.bodyBytes,
    request,
    response,
    errors: [...errors, serviceErrors(service).internal],
    examples,
    read: bodyReader(request),
    // The reader has made the body fit the schema.
    handle: (context, body) => declaration.handle(context, body as Static<Request>),
    largest: declaration.largest,
    reusesAnswers: declaration.reusesAnswers ?? false,
    fits: answer === undefined ? (value) => value === null : (value) => answer.Check(value),
  };
}
