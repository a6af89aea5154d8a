import type { NodeId } from 'ringback-protocol';
import type { Outgoing } from '../ports/outbox.ts';

/** By endpoint: who delivers there. */
type Placement = ReadonlyMap<string, NodeId | ''>;

/** What writes have learnt of the lanes that their events went to, until whoever hears of the write asks. */
export class LanePlacements {
  readonly #self: NodeId | '';
  readonly #known = new WeakMap<readonly Outgoing[], Placement>();

  constructor(self: NodeId | '') {
    this.#self = self;
  }

  of(outgoing: readonly Outgoing[]): Placement | undefined {
    return this.#known.get(outgoing);
  }

  note(outgoing: readonly Outgoing[], placement: Placement): void {
    this.#known.set(outgoing, placement);
  }

  /** It was written, but what the write has learnt was lost on the way: the lanes must be read. */
  noteUnknown(outgoing: readonly Outgoing[]): void {
    const endpoints = outgoing.flatMap((one) => one.endpoints);
    if (endpoints.length > 0) this.note(outgoing, new Map(endpoints.map((endpoint) => [endpoint, this.#self])));
  }
}
