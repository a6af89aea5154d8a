import type { NodeId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { DeviceInCall, SharedCalls } from '../ports/shared-calls.ts';
import type { Leases } from './leases.ts';
import { isOurs } from './node-share.ts';

/** Leases that are read at once. */
const page = 500;

/**
 * ms between two looks whether something is left: by the dead, where a look failed or a taker died as well, and by a write
 * of our own that was taken for lost.
 */
const interval = 10_000;

/** ms until a look that failed is repeated. */
const again = 1000;

/** ms by which the leases of the others' share run longer, so that not all end them at the same moment. */
const others = 3000;

/**
 * Takes over the leases of devices whose process has died: they run anew, and whoever of the living is first ends them.
 * A device that comes back meanwhile, anywhere, writes its new process into its seat, and a process that was only cut off
 * lives again: either is seen before a lease is taken for lost. Of its own it starts those that it does not know of: a step of
 * which nobody could say whether it was written.
 */
export class TakeOver {
  readonly #options: {
    readonly nodes: Nodes;
    readonly shared: SharedCalls;
    readonly leases: Leases;
    readonly clock: Clock;
    readonly failed: (error: unknown) => void;
  };
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly nodes: Nodes;
    readonly shared: SharedCalls;
    readonly leases: Leases;
    readonly clock: Clock;
    /** Hears why leases could not be read; they are asked for again. */
    readonly failed: (error: unknown) => void;
  }) {
    this.#options = options;
  }

  /** Takes over from those who are dead already, and from those who die from now on. */
  async open(): Promise<void> {
    const { nodes } = this.#options;
    nodes.onDead((node) => void this.#take([node]));
    nodes.onBack(() => void this.#take([nodes.self]));
    await this.#take(['']);
    if (this.#cancel === undefined) this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(ms = interval): void {
    this.#cancel?.();
    if (this.#closed) return;
    this.#cancel = this.#options.clock.timer(ms, () => {
      this.#cancel = undefined;
      const { nodes } = this.#options;
      void this.#take(['', ...nodes.dead(), nodes.self]).then(() => {
        // A look that failed meanwhile, this one or that for a node that died just now, is repeated sooner.
        if (this.#cancel === undefined) this.#schedule();
      });
    });
  }

  /** What cannot be read is asked for again soon. */
  async #take(nodes: readonly (NodeId | '')[]): Promise<void> {
    try {
      for (const node of nodes) await this.#takeFrom(node);
    } catch (error) {
      if (!this.#closed) this.#options.failed(error);
      this.#schedule(again);
    }
  }

  async #takeFrom(from: NodeId | ''): Promise<void> {
    const { nodes, shared, leases } = this.#options;
    // Those of this process are counted, which costs next to nothing: nearly always it knows them all.
    if (from === nodes.self && (await shared.heldCount(from)) <= leases.own) return;
    let after: DeviceInCall | undefined;
    for (;;) {
      const some = await shared.heldBy(from, after, page);
      if (this.#closed) return;
      for (const lease of some) {
        if (from !== nodes.self) leases.inherit(lease, { from }, isOurs(nodes, lease.callId) ? 0 : others);
        else if (!leases.has(lease)) leases.inherit(lease, { from });
      }
      after = some.at(-1);
      if (after === undefined || some.length < page) return;
    }
  }
}
