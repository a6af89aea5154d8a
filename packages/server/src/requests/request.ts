import type { Call } from 'ringback-engine';
import {
  type DeviceId,
  type Platform,
  type RequestId,
  type RequestMethod,
  type RequestParams,
  type RequestResult,
  type SdkAppId,
  signallingRequests,
  type UserId,
} from 'ringback-protocol';
import type { SigningKey } from '../auth/verify.ts';
import type { Calls } from '../calls/calls.ts';
import type { Cause } from '../calls/requests.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { App } from '../ports/apps.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Groups } from '../ports/groups.ts';
import type { MediaService } from '../ports/media.ts';
import type { Presence } from '../ports/presence.ts';
import type { PushDesk, RingHearer } from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';

/** What a device shows at sign-in. */
export interface Credentials {
  readonly sdkAppId: number;
  readonly userId: UserId;
  readonly userSig: string;
  /** Wrong signatures are counted by user and address. */
  readonly clientIp: string;
  /** Of the page that opened the socket; empty when it was no browser. */
  readonly origin: string;
}

/** Checks a UserSig of any user as the REST API does; throws the same `Refusal`s. */
export type Authenticate = (credentials: Credentials) => Authenticated | Promise<Authenticated>;

/** From when to when a signature is good, and by which key. */
export interface Validity {
  /** s; what the signature says. */
  readonly issuedAt: number;
  /** ms; the signature is void from then on. */
  readonly expiresAt: number;
  /** Without it the application takes the signature no longer. */
  readonly key: SigningKey;
}

export interface Authenticated extends Validity {
  readonly app: App;
}

/** What requests act on. */
export interface RequestServices {
  readonly authenticate: Authenticate;
  readonly calls: Calls;
  readonly store: Pick<CallStore, 'record' | 'history'>;
  readonly accounts: Accounts;
  readonly groups: Pick<Groups, 'get' | 'membersAmong' | 'members' | 'create'>;
  readonly bus: Bus;
  readonly presence: Presence;
  readonly media: MediaService;
  readonly push: PushDesk;
  /** Hears which devices ring; absent where no pushes are sent. */
  readonly rings?: RingHearer;
  readonly clock: Clock;
  /** Where other nodes change calls, too: keeps what devices here have been told. */
  readonly catchUp?: { signedIn(userId: UserId, call: Call): void };
}

/** Who is signed in on a socket. */
export interface Identity {
  readonly sdkAppId: SdkAppId;
  readonly userId: UserId;
  readonly device: DeviceId;
  readonly platform: Platform;
}

/** What a request may do with the socket that it came by. */
export interface RequestSession {
  readonly identity: Identity | undefined;
  readonly clientIp: string;
  /** Of the page that opened the socket; empty when it was no browser. */
  readonly origin: string;
  /** False once the socket is closing: nothing can be told to it any more. */
  readonly isOpen: boolean;
  /** ms; how often the device was last told to ping. */
  pingMs: number;
  /**
   * Takes the sign-in up. The device is online from here on, but notices wait until `release`. What other nodes tell comes
   * when the promise has resolved, if there is one.
   */
  enter(identity: Identity, validity: Validity): Promise<void> | void;
  /** A fresh signature. */
  renew(validity: Validity): void;
  /** Sends what waited since `enter`; first `ring`, unless the device was rung for this call meanwhile. */
  release(ring?: { readonly callId: string; readonly frame: string }): void;
  /** Closes the socket as soon as the answer is out: its signature was refused. */
  refuse(): void;
  /** Signs out and closes the socket. */
  leave(): void;
}

/** What every request gets. */
export interface OpenContext {
  readonly services: RequestServices;
  readonly session: RequestSession;
  readonly requestId: RequestId;
}

/** What requests of signed-in devices get. */
export interface SignedInContext extends OpenContext {
  /** As it is set up now. */
  readonly app: App;
  readonly me: Identity;
}

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/**
 * One request of the signalling protocol. Its schemas stand in the protocol under the same method.
 *
 * `handle` calls `answer` exactly once, or throws a `Refusal` before. Whatever changes a call answers from within the
 * callback of `Calls`, so that the answer precedes the notices of the same change.
 */
export type SignallingRequest<M extends RequestMethod = RequestMethod> =
  /** For everybody. */
  | { readonly method: M; readonly needs: 'nothing'; handle: Handle<M, OpenContext> }
  /** For signed-in devices; `signature`: whose signature has not run out, because it starts something new. */
  | { readonly method: M; readonly needs: 'signIn' | 'signature'; handle: Handle<M, SignedInContext> };

export type Handle<M extends RequestMethod, Context> = (
  context: Context,
  params: DeepReadonly<RequestParams<M>>,
  answer: (result: DeepReadonly<RequestResult<M>>) => void,
) => Promise<unknown> | undefined;

/** A request whose params and result are those of its method; what the list holds. */
export interface ListedRequest {
  readonly method: RequestMethod;
  readonly needs: SignallingRequest['needs'];
  readonly declaration: (typeof signallingRequests)[RequestMethod];
  /** `params` must have passed the schema; `context` must be signed in where `needs` says so. */
  readonly run: (
    context: OpenContext | SignedInContext,
    params: unknown,
    answer: (result: unknown) => void,
  ) => Promise<unknown> | undefined;
}

/** Puts a request on the list. The schema check at the border is what makes the casts true. */
export const listed = <M extends RequestMethod>(request: SignallingRequest<M>): ListedRequest => ({
  method: request.method,
  needs: request.needs,
  declaration: signallingRequests[request.method],
  run: request.handle as ListedRequest['run'],
});

/** The cause of a change, as history and webhooks report it. */
export const causeOf = ({ me, session, requestId }: SignedInContext): Cause => ({
  cause: 'device',
  actor: me.userId,
  device: me.device,
  requestId,
  origin: { clientIp: session.clientIp, platform: me.platform },
});
