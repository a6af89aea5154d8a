/** Rates that hold over all nodes together. Every request asks, so the answers come from memory. */
export interface Rates {
  /** Whether one more under `key` may be accepted now, of `limit` in a second over all nodes. */
  free(key: string, limit: number): boolean;
  /** Notes that one was accepted, right after `free` has said so. */
  take(key: string): void;
}
