import type { CallId, DeviceId, EndReason, EventKind, MemberAction, MemberStatus, UserId } from 'ringback-protocol';
import type { Call, CallRecord } from './call.ts';

/** One member's change, as notices and webhooks tell it. */
export interface Change {
  readonly userId: UserId;
  readonly action: MemberAction;
  /** Who caused it, when it was somebody else (invitations). */
  readonly by?: UserId;
}

/** An event for webhooks: numbered, timed, with the members as they stand after it. */
export interface CallWebhookEvent {
  readonly kind: EventKind;
  readonly eventSeq: number;
  /** ms; rises by at least 1 from event to event of a call. */
  readonly eventTime: number;
  readonly changed: readonly Change[];
  readonly users: readonly { readonly userId: UserId; readonly status: MemberStatus }[];
}

/** Which devices a notice goes to. */
export interface Audience {
  readonly userId: UserId;
  /** Only this device; every signed-in device of the user when absent. */
  readonly device?: DeviceId;
  /** Every device but this one. */
  readonly except?: DeviceId;
}

/** What devices are told. Hints about the state, never the state itself. */
export type Notice =
  | { readonly method: 'callReceived'; readonly call: Call; readonly userId: UserId }
  | {
      readonly method: 'callChanged';
      /** The state after the change. */
      readonly call: Call;
      readonly eventSeq: number;
      readonly changed: readonly Change[];
    }
  | {
      readonly method: 'callEnded';
      readonly callId: CallId;
      readonly eventSeq: number;
      readonly reason: EndReason;
      /** Whose action, or silence, ended it for this device. */
      readonly userId: UserId;
      /** The call's result when the whole call is over; empty when it is over for this device only. */
      readonly result: string;
      /** s, from the first accept to the end; 0 when never accepted. */
      readonly totalTime: number;
    };

/** What the shell must do about a step. In this order, seats before notices. */
export type Effect =
  | { readonly type: 'seat'; readonly userId: UserId; readonly status: MemberStatus }
  | { readonly type: 'unseat'; readonly userId: UserId }
  | { readonly type: 'event'; readonly event: CallWebhookEvent }
  | { readonly type: 'notify'; readonly to: readonly Audience[]; readonly notice: Notice }
  | { readonly type: 'record'; readonly record: CallRecord };

/** The engine's refusals; each is a row of the error table. */
export type EngineRefusal =
  | 'already_in_call'
  | 'call_ended'
  | 'not_waiting'
  | 'not_in_call'
  | 'answered_elsewhere'
  | 'call_full'
  | 'not_allowed'
  | 'scene_not_supported'
  | 'bad_params';

/** What a step comes to. */
export type Outcome =
  | { readonly call: Call; readonly effects: readonly Effect[] }
  /** `detail` is a sentence for the caller, `field` the parameter to blame. */
  | { readonly refusal: EngineRefusal; readonly detail?: string; readonly field?: string };
