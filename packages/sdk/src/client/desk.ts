import type { Timers } from '../base/timers.ts';
import type { CallView } from '../base/wire.ts';
import type { LocalMedia } from '../media/local-media.ts';
import type { Connection } from '../signalling/connection.ts';
import type { Call } from './call.ts';

/** What the calls of a client need of it. */
export interface Desk {
  readonly media: LocalMedia | undefined;
  readonly timers: Timers;
  readonly iceTransportPolicy: () => RTCIceTransportPolicy;
  /** The user who is signed in. */
  readonly userId: () => string;
  readonly connection: () => Connection | undefined;
  /** There is a call now. */
  readonly began: (call: Call) => void;
  readonly incoming: (call: Call) => void;
  readonly elsewhere: (view: CallView) => void;
}
