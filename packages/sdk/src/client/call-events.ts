import type { CallEnded, CallView, MediaType } from '../base/wire.ts';

/** Where a call stands for this device. */
export type CallStatus = 'ringing' | 'connected' | 'ended';

/** The events of a call. Users are told by their id. */
export interface CallEvents {
  /** Anything changed; `call.view` shows it. */
  changed: { readonly view: CallView };
  /** This device is in the call and somebody has accepted it. */
  connected: { readonly view: CallView };
  /** Somebody was invited. */
  invited: { readonly userId: string; readonly by: string };
  /** Somebody accepted an invitation. */
  accepted: { readonly userId: string };
  /** Somebody is in the call now; told to those who are in it themselves. */
  joined: { readonly userId: string };
  /** Somebody is in the call no longer, or rang and was signed out by the application. */
  left: { readonly userId: string; readonly why: 'hangUp' | 'offline' };
  rejected: { readonly userId: string };
  busy: { readonly userId: string };
  notAnswered: { readonly userIds: readonly string[] };
  mediaType: { readonly from: MediaType; readonly to: MediaType };
  /** The call is over for this device; nothing follows. */
  ended: CallEnded & { readonly wasConnected: boolean };
}
