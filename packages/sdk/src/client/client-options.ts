import type { Timers } from '../base/timers.ts';
import type { MediaType } from '../base/wire.ts';
import type { SocketConstructor } from '../signalling/rpc-socket.ts';
import type { InviteOptions } from './call.ts';

/** What a client is made with. */
export interface ClientOptions {
  readonly sdkAppId: number;
  /**
   * The address of the server; else `globalThis.RINGBACK_SERVER`, `<meta name="ringback-server">`, `process.env.RINGBACK_SERVER`
   * as a bundler has put it in, the page's origin.
   */
  readonly server?: string | undefined;
  /**
   * Gives a fresh UserSig when the one in use has run out; after 10 s it counts as having none, and is asked again. An answer
   * that comes later yet is taken as one given to `renew`.
   */
  readonly getUserSig?: ((userId: string) => Promise<string> | string) | undefined;
  /** Microphones, cameras and pictures; on by default where there is WebRTC. */
  readonly media?: boolean | undefined;
  /** As what the device signs in; `Web` by default. */
  readonly platform?: string | undefined;
  /** The id of this device; by default one that lives as long as the tab. */
  readonly deviceId?: string | undefined;
  /** A WebSocket for programs without a global one. */
  readonly WebSocket?: SocketConstructor | undefined;
  readonly timers?: Timers | undefined;
  /** `relay`: through TURN servers only, so that nobody learns the address of another. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy | undefined;
}

/** How to call. */
export interface CallOptions extends InviteOptions {
  readonly mediaType: MediaType;
  /** The group that the call is of. */
  readonly chatGroupId?: string | undefined;
  readonly roomId?: string | undefined;
  readonly roomIdType?: 0 | 1 | 2 | undefined;
}

/** Where a running call is looked for; one that fits all that is given. */
export interface CallPlace {
  readonly roomId?: string | undefined;
  /** 1 = a number, 2 and absent = text. */
  readonly roomIdType?: 0 | 1 | 2 | undefined;
  readonly chatGroupId?: string | undefined;
}
