import type { ForwarderFigures } from './messages.ts';

/**
 * CPUs from which on a process works for something, and seconds for which it may do so with members connected and not one
 * packet of them. A thread that runs in circles gets one at the most, and less beside other work.
 */
const hard = 0.4;
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
    const { connected, heard, peers, share, memory } = figures;
    this.#mostPeers = Math.max(this.#mostPeers, peers);
    this.#inVain = connected > 0 && heard === 0 && share >= hard ? this.#inVain + 1 : 0;
    if (this.#inVain >= patience) return 'it works hard and receives nothing';
    if (memory <= memoryOfProcess + this.#mostPeers * memoryOfPeer) return undefined;
    return `it takes ${Math.round(memory / 1024 ** 2)} MiB of memory`;
  }
}
