/** What metrics want to know of the signalling sockets. Called on the hot path: must be cheap and must not throw. */
export interface SignallingObserver {
  /** An upgrade was refused. */
  turnedAway(why: TurnedAway): void;
  opened(): void;
  /** `code` is the close code when the server closed the socket; 0 when the device did, or the line was lost. */
  closed(code: number): void;
  signedIn(): void;
  signedOut(): void;
  /** A request is done. `error` is empty, or the name that the device was given; `seconds` from its turn to the end of what it set off here. */
  requested(method: string, error: string, seconds: number): void;
  /** A frame is on its way to a device. */
  sent(): void;
}

/** Why an upgrade was refused. */
export type TurnedAway = 'path' | 'protocol' | 'sockets' | 'address' | 'stopping' | 'cutOff';
