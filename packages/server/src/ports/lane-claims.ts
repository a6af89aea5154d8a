import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { CallPlace, Outgoing } from './outbox.ts';

/** What waits of one call at one endpoint; delivered in order, by one node. */
export interface LanePlace extends CallPlace {
  readonly app: SdkAppId;
  readonly endpoint: string;
}

/** Events of one endpoint that wait in lanes of one node. */
export interface LaneShare {
  readonly app: SdkAppId;
  readonly endpoint: string;
  readonly events: number;
}

/**
 * Who delivers what, where several nodes share a store. The unit is the lane: whoever writes the first event that waits
 * there owns it, by that very write. An event that another node adds to it goes to its owner, who is to look for it.
 *
 * What this node reads as its own (`PendingEvents.page`, `ofCall`) begins with the first event of each lane that waits
 * anywhere, so that it is in order. Methods reject when the store is out of reach.
 */
export interface LaneClaims {
  /**
   * Of a step that this node has just written, the endpoints whose lanes are not simply gone on with, and the node that
   * delivers there. This node itself: there are events before it that it may not have heard of, so the lane must be read.
   * Undefined when there are none.
   */
  placed(outgoing: readonly Outgoing[]): ReadonlyMap<string, NodeId | ''> | undefined;
  /**
   * This node may have been taken for dead a moment ago: what writes that are under way learn of lanes may be so no longer
   * when they are answered, so `placed` is to say of them all that the lane must be read.
   */
  doubt(): void;
  /** Whether others have added to lanes of this node, and whose lanes wait: `''` where they are nobody's. */
  look(): Promise<{ readonly handed: boolean; readonly owners: readonly (NodeId | '')[] }>;
  /** At most `limit` lanes to which others have added, each told once. */
  takeHanded(limit: number): Promise<readonly LanePlace[]>;
  /**
   * Takes over some lanes of a node that is no more; one node does so at a time, and each lane goes to one. Says what this
   * node has got, to which other nodes it has given what belongs to lanes of theirs, and whether that was all.
   */
  takeOver(
    dead: NodeId | '',
    living: readonly NodeId[],
  ): Promise<{ readonly mine: readonly LaneShare[]; readonly others: readonly NodeId[]; readonly all: boolean }>;
  /** What waits in lanes of this node. */
  waiting(): Promise<readonly LaneShare[]>;
  /** Deletes what waits at an endpoint that is not there or has no URL; much of it not all at once. */
  drop(app: SdkAppId, endpoint: string): Promise<void>;
  /** Gives up some lanes of this node, but none of these calls: any other may take them over at once. */
  release(except: readonly CallPlace[]): Promise<void>;
}
