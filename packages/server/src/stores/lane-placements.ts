import type { NodeId } from 'ringback-protocol';
import type { Outgoing } from '../ports/outbox.ts';

/** By endpoint: who delivers there. */
type Placement = ReadonlyMap<string, NodeId | ''>;

/** What writes have learnt of the lanes that their events went to, until whoever hears of the write asks. */
export class LanePlacements {
  readonly #self: NodeId | '';
  readonly #known = new WeakMap<readonly Outgoing[], Placement>();
  /** What is being written. */
  readonly #underWay = new Set<readonly Outgoing[]>();
  /** Of that, what was begun before the last doubt: another node may have taken the lanes over since the write was made. */
  readonly #doubtful = new WeakSet<readonly Outgoing[]>();

  constructor(self: NodeId | '') {
    this.#self = self;
  }

  of(outgoing: readonly Outgoing[]): Placement | undefined {
    return this.#known.get(outgoing);
  }

  /** A write is asked for. */
  begin(outgoing: readonly Outgoing[]): void {
    if (outgoing.length > 0) this.#underWay.add(outgoing);
  }

  /** It is over, with or without success; `note` what it has learnt before. */
  end(outgoing: readonly Outgoing[]): void {
    if (!this.#underWay.delete(outgoing) || !this.#doubtful.has(outgoing)) return;
    this.noteUnknown(outgoing);
  }

  /** What is under way may be answered with what is so no longer: those lanes must be read. */
  doubt(): void {
    for (const outgoing of this.#underWay) this.#doubtful.add(outgoing);
  }

  note(outgoing: readonly Outgoing[], placement: Placement): void {
    this.#known.set(outgoing, placement);
  }

  /** Of what was written, these endpoints must be read, unless others deliver there: something may wait that nobody heard of. */
  noteUnheard(outgoing: readonly Outgoing[], endpoints: readonly string[]): void {
    const own = endpoints.map((endpoint) => [endpoint, this.#self] as const);
    this.note(outgoing, new Map([...own, ...(this.#known.get(outgoing) ?? [])]));
  }

  /** It was written, but what the write has learnt was lost on the way: the lanes must be read. */
  noteUnknown(outgoing: readonly Outgoing[]): void {
    const endpoints = outgoing.flatMap((one) => one.endpoints);
    if (endpoints.length > 0) this.note(outgoing, new Map(endpoints.map((endpoint) => [endpoint, this.#self])));
  }
}
