import type { UserId } from 'ringback-protocol';
import type { ProviderMessage } from '../../ports/media.ts';
import type { DeviceAnswer, DeviceOffer } from './description.ts';

/** How the process that forwards is set up. */
export interface ForwarderConfig {
  /** Address to listen on; empty for all. */
  readonly address: string;
  /** UDP port; 0 for any free one. */
  readonly port: number;
  /** Address that devices are told instead of the one listened on; empty for that one. */
  readonly announce: string;
  readonly maxMembers: number;
  /** Bits per second that one member may send, video in both layers together. */
  readonly maxBitrate: number;
}

/** What a viewer can ask to see of a member. */
export type Layer = 'high' | 'low' | 'off';

/** From the server to the forwarding process. `room` is a number of the server's, never used twice. */
export type Order =
  | { readonly type: 'start'; readonly config: ForwarderConfig }
  | { readonly type: 'open'; readonly room: number }
  | { readonly type: 'close'; readonly room: number }
  | (OfMember & { readonly type: 'enter'; readonly entry: number })
  | (OfMember & { readonly type: 'leave' })
  | (OfMember & { readonly type: 'offer'; readonly offer: DeviceOffer })
  | (OfMember & { readonly type: 'answer'; readonly n: number; readonly answer: DeviceAnswer })
  | (OfMember & { readonly type: 'want'; readonly of: UserId; readonly layer: Layer })
  | { readonly type: 'stop' };

/** `entry`: the number of the entry of a member that this is about, where it may have left and entered again since. */
interface OfMember {
  readonly room: number;
  readonly userId: UserId;
}

/** From the forwarding process to the server. */
export type Report =
  | { readonly type: 'ready'; readonly port: number }
  /** It cannot run; `forGood` when another try would end likewise. */
  | { readonly type: 'unable'; readonly reason: string; readonly forGood: boolean }
  | (OfMember & { readonly type: 'tell'; readonly entry: number; readonly data: ProviderMessage })
  | (OfMember & { readonly type: 'media'; readonly entry: number; readonly state: 'up' | 'gone' })
  | (OfMember & { readonly type: 'trouble'; readonly text: string })
  /** Once a second, as a sign of life. */
  | ({ readonly type: 'figures' } & ForwarderFigures);

/** What the forwarding process counted in its last second. */
export interface ForwarderFigures {
  readonly rooms: number;
  readonly peers: number;
  /** Members of whom a connection has come about. */
  readonly connected: number;
  /** Packets of any kind that the native side handed on, from all connections. */
  readonly heard: number;
  readonly packetsOut: number;
  /** Packets that viewers missed at first. */
  readonly missed: number;
  /** CPU time of the process through time, averaged over the last seconds. */
  readonly busy: number;
  /** The same of the last second alone. */
  readonly share: number;
  /** Bytes of memory that the process takes. */
  readonly memory: number;
}
