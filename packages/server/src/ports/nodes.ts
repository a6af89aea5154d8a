import type { KeyObject } from 'node:crypto';
import type { NodeId } from 'ringback-protocol';

/**
 * The processes that share a store. Each writes a sign of life once a second; one that is silent for 3 s is dead for the
 * others, and one that could not write for that long knows that it may be.
 */
export interface Nodes {
  /** This process: another id after each start. */
  readonly self: NodeId;
  /**
   * Whether no other process can think that this one is dead. False before `join`, and while the store was out of reach
   * for nearly 3 s: others may have taken over then, so whatever only one may do is not to be done. Cheap: ask each time.
   */
  readonly isSure: boolean;
  /** ms for which the store has been out of reach; 0 while it is not. */
  readonly outFor: number;
  /** Whether every living process can tell the others and hear them: what one of them publishes is not lost on purpose. */
  readonly allTell: boolean;
  /** Takes part from now on. Resolves when the first sign of life is written; rejects when the store is out of reach. */
  join(): Promise<void>;
  /** The processes that live, this one included, in the order of their ids: the same at all of them, but for a second. */
  living(): readonly NodeId[];
  isLiving(node: NodeId): boolean;
  /**
   * ms, in the store's time: since when a living process takes part; the same at all of them. 0 for one that is not known,
   * or whose version cannot look after the media of others.
   */
  since(node: NodeId): number;
  /** The key (256 bits) of a living process, which no one else knows; undefined where it has none, or is not known here yet. */
  secretOf(node: NodeId): KeyObject | undefined;
  /** Those that died lately, and are no more. One that comes back is not among them any longer. */
  dead(): readonly NodeId[];
  /**
   * Hears once of each process that has died or has stopped, within 5 s; also of those that had before this one joined.
   * Every living process hears it, at about the same time. A process that was only cut off may come back.
   */
  onDead(listener: (node: NodeId) => void): void;
  /** Hears when `living` has become another list. */
  onChange(listener: () => void): void;
  /** Hears when this process is sure again after it was not for a while: what it holds may have been taken over. */
  onBack(listener: () => void): void;
  /** Says from now on with each sign of life whether this process can tell the others what happens here. */
  tells(bus: boolean): void;
}
