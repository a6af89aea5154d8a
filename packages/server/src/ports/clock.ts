/** The one time of an installation. In a cluster it is the store's, so that nodes whose clocks differ agree. */
export interface Clock {
  /** ms since 1970. Never runs backwards within a process. */
  now(): number;
  /** Calls `fire` once after `ms` (at least 0); the returned function cancels it. Does not keep the process alive. */
  timer(ms: number, fire: () => void): () => void;
}
