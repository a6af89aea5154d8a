/**
 * What all nodes of a shared store have in memory: applications, endpoints, the console, push providers. Each looks once a second
 * whether others have changed it, and at once where it is told to.
 */
export interface Revisions {
  /**
   * Resolves when all that others had changed by now is in memory here. However often it is called, looks come one after the
   * other and take a part of the time only. Rejects when the store is out of reach.
   */
  look(): Promise<void>;
  /** `tell` is called after each change by this node that others should not be a second late for; it must never reject, and the change waits for it. */
  onChange(tell: () => Promise<void>): void;
}
