/**
 * The words of the signalling protocol that the SDK uses, as plain types: what is published must not need the packages
 * of the server. A test holds them against the schemas of the protocol.
 */

export type MediaType = 'Audio' | 'Video';

/** A member of a call who is ringing or in it. */
export interface MemberView {
  readonly userId: string;
  readonly status: 'Waiting' | 'Calling';
  readonly nick: string;
  readonly avatar: string;
  readonly invitedBy: string;
  /** ms since 1970 by the server's clock; only while ringing. */
  readonly deadline?: number | undefined;
}

/** A call as one of its users sees it. */
export interface CallView {
  readonly callId: string;
  readonly mediaType: MediaType;
  readonly callType: 'SingleCall' | 'MultiCall';
  readonly chatGroupId: string;
  readonly roomId: string;
  /** 1 = a number, 2 = text, 0 = none. */
  readonly roomIdType: 0 | 1 | 2;
  readonly caller: string;
  readonly startedAt: number;
  /** 0 before the first accept. */
  readonly acceptedAt: number;
  readonly userData: string;
  readonly eventSeq: number;
  readonly members: readonly MemberView[];
  /** Who was called or invited, also those who were busy, have declined or left; older servers do not say. */
  readonly invited?: readonly string[] | undefined;
}

/** What happened to one member. */
export interface MemberChange {
  readonly userId: string;
  readonly action:
    | 'Answer'
    | 'Reject'
    | 'NotAnswer'
    | 'Hangup'
    | 'Join'
    | 'Offline'
    | 'Invite'
    | 'Cancel_Invite'
    | 'Busy';
  readonly by?: string | undefined;
}

/** The notice `callChanged`. */
export interface CallChanged {
  readonly callId: string;
  readonly eventSeq: number;
  readonly changed: readonly MemberChange[];
  readonly members: readonly MemberView[];
  readonly mediaType: MediaType;
}

/** The notice `callEnded`. */
export interface CallEnded {
  readonly callId: string;
  readonly eventSeq: number;
  readonly reason: number;
  readonly userId: string;
  /** How the whole call ended; empty when it goes on without this device. */
  readonly result: string;
  /** s. */
  readonly totalTime: number;
}

/** Why a device was signed out. */
export type KickReason = 'newerSignIn' | 'kicked' | 'deleted' | 'appDisabled';

/** All notices, by method. */
export interface Notices {
  readonly callReceived: CallView;
  readonly callChanged: CallChanged;
  readonly callEnded: CallEnded;
  readonly signal: { readonly callId: string; readonly from: string; readonly data: unknown };
  readonly media: { readonly callId: string; readonly data: unknown };
  readonly kickedOut: { readonly reason: KickReason };
  readonly sigExpired: object;
}

/** A missed notice, as `resume` tells it. */
export type MissedNotice =
  | { readonly method: 'callChanged'; readonly params: CallChanged }
  | { readonly method: 'callEnded'; readonly params: CallEnded };

/** What a user shows to others. */
export interface Profile {
  readonly userId: string;
  readonly nick: string;
  readonly avatar: string;
}

/** What became of each invitation: 0 = processed, 70107 = no such account. */
export type InviteResults = readonly { readonly userId: string; readonly code: number }[];

export type GroupRole = 'Owner' | 'Admin' | 'Member';

/** A group that the user is in. */
export interface GroupView {
  readonly groupId: string;
  readonly name: string;
  readonly avatar: string;
  readonly owner: string;
  readonly type: string;
  readonly memberCount: number;
  readonly role: GroupRole;
}

/** The answer to `signIn`. */
export interface SignInResult {
  readonly serverTime: number;
  readonly pingMs: number;
  readonly leaseMs: number;
  readonly user: { readonly nick: string; readonly avatar: string };
  readonly call?: CallView | undefined;
  readonly callHere: boolean;
}

/** Results of the requests, by method. */
export interface Results {
  readonly signIn: SignInResult;
  readonly signOut: object;
  readonly call: {
    readonly callId: string;
    readonly role: 'caller' | 'callee';
    readonly results: InviteResults;
    readonly call: CallView;
  };
  readonly ringing: object;
  readonly accept: object;
  readonly reject: object;
  readonly ignore: object;
  readonly hangUp: object;
  readonly invite: { readonly results: InviteResults };
  readonly join: CallView;
  readonly findCall: { readonly callId: string };
  readonly switchMedia: object;
  readonly ping: { readonly eventSeq?: number | undefined; readonly pingMs?: number | undefined };
  readonly resume: { readonly call: CallView | null; readonly notices: readonly MissedNotice[] };
  readonly signal: object;
  readonly profile: readonly Profile[];
  readonly setProfile: { readonly nick: string; readonly avatar: string };
  readonly pushProviders: {
    readonly providers: readonly {
      readonly name: string;
      readonly kind: string;
      readonly publicKey?: string | undefined;
    }[];
  };
  readonly registerPush: object;
  readonly unregisterPush: object;
  readonly group: GroupView;
  readonly groupMembers: {
    readonly total: number;
    readonly members: readonly (Profile & { readonly role: GroupRole })[];
  };
  readonly createGroup: { readonly groupId: string };
}
export type Method = keyof Results;
