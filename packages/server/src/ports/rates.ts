/** Rates, and what may be under way at once, that hold over all nodes together. Every request asks, so the answers come from memory. */
export interface Rates {
  /** Whether one more under `key` may be accepted now, of `limit` in a second over all nodes. */
  free(key: string, limit: number): boolean;
  /** Notes that one was accepted, right after `free` has said so. */
  take(key: string): void;
  /** Whether there is room for one more request under `key`, of `limit` in flight at all nodes; `usage` is what is here now. */
  room(key: string, usage: { readonly inFlight: number }, limit: number): boolean;
}
