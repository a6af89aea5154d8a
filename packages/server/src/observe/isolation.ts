import { bounds, type NodeId, nodeId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Mail } from '../ports/mail.ts';
import type { Nodes } from '../ports/nodes.ts';

/** ms between two looks. */
const pace = 1000;

/** ms for which the word of another node counts. */
const fresh = 5000;

/** ms before the end of a lease from which the others are asked. */
const early = 4000;

/**
 * Knows whether this node alone has lost the database: others say by mail that they have it. When that has lasted for as long
 * as a lease, the devices here are better served elsewhere. While the database is away for all, they stay where they are.
 */
export class Isolation {
  readonly #options: {
    readonly nodes: Nodes;
    readonly mail: Mail;
    readonly clock: Clock;
    /** Called once each time that it comes to that. */
    readonly onCutOff: () => void;
  };
  /** ms; when another node said last that it has the database. */
  #saidAt = Number.NEGATIVE_INFINITY;
  #cutOff = false;
  #cancel: (() => void) | undefined;

  constructor(options: {
    readonly nodes: Nodes;
    readonly mail: Mail;
    readonly clock: Clock;
    readonly onCutOff: () => void;
  }) {
    this.#options = options;
    options.mail.onLetter('sure', (text) => this.#read(text));
    this.#schedule();
  }

  /** Whether devices should be at another node. */
  get isCutOff(): boolean {
    return this.#cutOff;
  }

  close(): void {
    this.#cancel?.();
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.timer(pace, () => {
      this.#look();
      this.#schedule();
    });
  }

  #look(): void {
    const { nodes, mail, clock, onCutOff } = this.#options;
    const others = nodes.living().filter((node) => node !== nodes.self);
    if (nodes.outFor < bounds.lease - early || others.length === 0) {
      if (nodes.outFor === 0) this.#cutOff = false;
      return;
    }
    for (const node of others) mail.send(node, 'sure', JSON.stringify({ from: nodes.self }));
    if (this.#cutOff || nodes.outFor < bounds.lease) return;
    // Who has lost the way to the others as well can ask nobody. Mostly it is cut off alone, and then devices that stay lose
    // their calls to those who take over. Should both be away for all, devices go for nothing and come back by chance, each
    // at a time of its own, when the database does: no call ends for it, since nobody can take over without a database.
    if (mail.isUp && clock.now() - this.#saidAt > fresh) return;
    this.#cutOff = true;
    onCutOff();
  }

  #read(text: string): void {
    const { nodes, mail, clock } = this.#options;
    const letter = letterOf(text);
    if (letter === undefined) return;
    if (letter === 'sure') this.#saidAt = clock.now();
    // Who is none of the nodes gets no answer.
    else if (nodes.isSure && nodes.since(letter.from) > 0) mail.send(letter.from, 'sure', '"sure"');
  }
}

/** Undefined for what no node says to another. */
export function letterOf(text: string): 'sure' | { readonly from: NodeId } | undefined {
  try {
    const letter = JSON.parse(text) as { readonly from?: unknown } | 'sure' | null;
    if (letter === 'sure') return 'sure';
    return typeof letter === 'object' && typeof letter?.from === 'string' ? { from: nodeId(letter.from) } : undefined;
  } catch {
    return undefined;
  }
}
