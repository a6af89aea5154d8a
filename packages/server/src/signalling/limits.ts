import { bounds } from 'ringback-protocol';

/** What a signalling socket may take up. Times in ms, sizes in bytes. */
export interface SignallingLimits {
  /** Sockets of this server, and those among them that have not signed in. */
  readonly sockets: number;
  readonly unsignedSockets: number;
  /** The same for one address (for IPv6: one network of 64 bits). */
  readonly socketsPerAddress: number;
  readonly unsignedSocketsPerAddress: number;
  /** From the opening of a socket to its sign-in; traffic does not prolong it. */
  readonly signInTime: number;
  readonly signInFrames: number;
  readonly signInFrameBytes: number;
  readonly frameBytes: number;
  readonly framesPerSecond: number;
  /** Requests of one socket that wait for their turn; more are refused as too fast. */
  readonly waitingRequests: number;
  /** What may wait for a slow reader before it is cut off. */
  readonly unreadBytes: number;
  /** Silence after which a device is offline. */
  readonly silence: number;
  /** How long a closing socket may take. */
  readonly closeTime: number;
  /** Told to devices when the server stops: they come back within this. */
  readonly retry: number;
}

/** The limits of a server whose operator has set none. */
export const defaultLimits: SignallingLimits = {
  sockets: 50_000,
  unsignedSockets: 5000,
  socketsPerAddress: 5000,
  unsignedSocketsPerAddress: 500,
  signInTime: bounds.signInTime,
  signInFrames: bounds.signInFrames,
  signInFrameBytes: bounds.signInFrameBytes,
  frameBytes: bounds.frameBytes,
  framesPerSecond: bounds.framesPerSecond,
  waitingRequests: 64,
  unreadBytes: 1_048_576,
  silence: bounds.presence,
  closeTime: 3000,
  retry: 3000,
};
