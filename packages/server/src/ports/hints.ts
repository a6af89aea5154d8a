import type { NodeId } from 'ringback-protocol';

/** Tells another node to look into the store now, instead of a little later. May be lost. */
export interface Hints {
  send(to: NodeId): void;
  onHint(listener: () => void): void;
}
