/** What is known of how a shared database keeps what was acknowledged. */
export interface Durability {
  /** Servers that copy it. */
  readonly replicas: number;
  /** Whether an acknowledged change is at one of them, too, so that it outlives the server that took it. */
  readonly synchronous: boolean;
}
