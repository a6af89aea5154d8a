import type { CallId, SdkAppId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import { isOurs } from './node-share.ts';

/** ms between two looks, on average; nodes that started together drift apart. */
const pace = 1000;

/** ms that the process which wrote a call last has to serve its deadline. */
const first = 2000;

/** ms after which a deadline is anybody's: the one whose share it is may be gone. */
const anybody = 3000;

/** Calls of one look. */
const atOnce = 500;

/** Serves the deadlines of calls whose last writer does not: it has died, or is cut off. A second firing comes to nothing. */
export class DeadlineSweep {
  readonly #options: {
    readonly nodes: Nodes;
    readonly shared: SharedCalls;
    readonly clock: Clock;
    readonly fire: (app: SdkAppId, callId: CallId) => Promise<void>;
    readonly failed: (error: unknown) => void;
    readonly random: () => number;
  };
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly nodes: Nodes;
    readonly shared: SharedCalls;
    readonly clock: Clock;
    /** Never rejects. */
    readonly fire: (app: SdkAppId, callId: CallId) => Promise<void>;
    /** Hears why it could not look; it looks again. */
    readonly failed: (error: unknown) => void;
    /** [0, 1). */
    readonly random: () => number;
  }) {
    this.#options = options;
  }

  open(): void {
    this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.timer(ms, () => {
      const { random } = this.#options;
      void this.#sweep().then((more) => this.#schedule(more ? 0 : pace * (0.8 + random() * 0.4)));
    });
  }

  /** Whether there is more to do at once. */
  async #sweep(): Promise<boolean> {
    const { shared, nodes, clock, fire, failed } = this.#options;
    try {
      const now = clock.now();
      const overdue = await shared.overdue(now - first, atOnce);
      const ours = overdue.filter(({ callId, deadline }) => deadline < now - anybody || isOurs(nodes, callId));
      // They are written together.
      await Promise.all(ours.map(({ app, callId }) => fire(app, callId)));
      return overdue.length === atOnce && ours.length > 0;
    } catch (error) {
      if (!this.#closed) failed(error);
      return false;
    }
  }
}
