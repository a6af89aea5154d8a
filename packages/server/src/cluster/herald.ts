import { type NodeId, nodeId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Mail } from '../ports/mail.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Revisions } from '../ports/revisions.ts';

/** ms that a change waits at most for the others to take it over. */
const patience = 200;

/** What is said: `n` of its sender was changed, and was read. */
interface Letter {
  readonly from: NodeId;
  readonly n: number;
  readonly read: boolean;
}

/**
 * Lets the other nodes look at once at what this one has changed of that which all have in memory, and a change wait for them, so
 * that whoever is told that it is done finds it so everywhere. Where letters do not arrive, each node finds out within a second.
 */
export class Herald {
  readonly #nodes: Pick<Nodes, 'self' | 'living' | 'isLiving'>;
  readonly #mail: Mail;
  readonly #clock: Clock;
  readonly #revisions: Revisions;
  /** Who has not answered yet, and what happens when nobody is to be waited for any more, by the number of the change. */
  readonly #waiting = new Map<number, { readonly nodes: Set<NodeId>; readonly done: () => void }>();
  #n = 0;
  #closed = false;

  constructor(options: {
    readonly nodes: Pick<Nodes, 'self' | 'living' | 'isLiving'>;
    readonly mail: Mail;
    readonly clock: Clock;
    readonly revisions: Revisions;
  }) {
    this.#nodes = options.nodes;
    this.#mail = options.mail;
    this.#clock = options.clock;
    this.#revisions = options.revisions;
    this.#mail.onLetter('changed', (text) => this.#heard(text));
    this.#revisions.onChange(() => this.#tell());
  }

  /** Nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const { done } of this.#waiting.values()) done();
  }

  /** Resolves when the others have read what was changed, or when that takes too long. */
  #tell(): Promise<void> {
    const { self } = this.#nodes;
    const nodes = new Set(this.#nodes.living().filter((node) => node !== self));
    if (this.#closed || !this.#mail.isUp || nodes.size === 0) return Promise.resolve();
    this.#n += 1;
    const n = this.#n;
    return new Promise((resolve) => {
      const cancel = this.#clock.timer(patience, () => done());
      const done = (): void => {
        cancel();
        this.#waiting.delete(n);
        resolve();
      };
      this.#waiting.set(n, { nodes, done });
      for (const node of nodes) this.#send(node, n, false);
    });
  }

  #send(to: NodeId, n: number, read: boolean): void {
    const letter: Letter = { from: this.#nodes.self, n, read };
    this.#mail.send(to, 'changed', JSON.stringify(letter));
  }

  #heard(text: string): void {
    const letter = letterOf(text);
    // Who is none of the nodes has changed nothing, and gets no answer.
    if (letter === undefined || this.#closed || !this.#nodes.isLiving(letter.from)) return;
    const { from, n, read } = letter;
    if (!read) {
      // Without an answer the other one waits no longer than it may.
      this.#revisions.look().then(
        () => this.#send(from, n, true),
        () => {},
      );
      return;
    }
    const waiting = this.#waiting.get(n);
    if (waiting?.nodes.delete(from) && waiting.nodes.size === 0) waiting.done();
  }
}

/** Undefined for what no node says to another. */
export function letterOf(text: string): Letter | undefined {
  try {
    const { from, n, read } = JSON.parse(text) as Readonly<Record<keyof Letter, unknown>>;
    if (typeof from !== 'string' || typeof read !== 'boolean' || !isCount(n)) return undefined;
    return { from: nodeId(from), n, read };
  } catch {
    return undefined;
  }
}

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) > 0;
