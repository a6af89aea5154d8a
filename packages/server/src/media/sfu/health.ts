import type { ForwarderFigures } from './messages.ts';

/** CPUs from which on a process works hard, and seconds for which it may do so with members inside and not one packet. */
const hard = 0.9;
const patience = 5;

/**
 * Bytes that the process may take: for itself, and for each member of its fullest time. A member needs about one MiB for
 * its history, and less for its connections; beyond this, something grows that nobody frees.
 */
const memoryOfProcess = 512 * 1024 ** 2;
const memoryOfPeer = 8 * 1024 ** 2;

/** Judges the process that forwards by its figures: its native threads may be stuck while it still sends some. */
export class Health {
  #inVain = 0;
  #mostPeers = 0;

  /** Takes the figures of one second; gives why the process has to be replaced, in words, if it has. */
  look(figures: ForwarderFigures): string | undefined {
    const { busy, packetsIn, peers, memory } = figures;
    this.#mostPeers = Math.max(this.#mostPeers, peers);
    this.#inVain = peers > 0 && packetsIn === 0 && busy >= hard ? this.#inVain + 1 : 0;
    if (this.#inVain >= patience) return 'it works hard and receives nothing';
    if (memory <= memoryOfProcess + this.#mostPeers * memoryOfPeer) return undefined;
    return `it takes ${Math.round(memory / 1024 ** 2)} MiB of memory`;
  }
}
