import type { CallView, KickReason } from '../base/wire.ts';
import type { Call } from './call.ts';

/** Whether the server can be reached: `offline` before sign-in and after its end. */
export type ClientState = 'offline' | 'online' | 'reconnecting';

/** The events of a client. */
export interface ClientEvents {
  /** This user is being called. */
  incoming: { readonly call: Call };
  /** There is a call now, whoever made it; told for outgoing, incoming, joined and resumed calls. */
  call: { readonly call: Call };
  state: { readonly state: ClientState };
  /** Signed out by the server; it does not come back by itself. */
  kickedOut: { readonly reason: KickReason };
  /** The UserSig ran out: call `renew` with a fresh one. Not told when `getUserSig` gives one. */
  sigExpired: object;
  /** A call of this user goes on with another device. */
  elsewhere: { readonly view: CallView };
}
