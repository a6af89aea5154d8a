import type { SignallingLimits } from './limits.ts';

/** One socket that was let in. */
export interface Admitted {
  /** It has signed in and no longer counts as unsigned. */
  signedIn(): void;
  left(): void;
}

interface Count {
  sockets: number;
  unsigned: number;
}

/** Counts sockets, in total and by address, and says whether one more may come in. */
export class Admission {
  readonly #limits: SignallingLimits;
  readonly #total: Count = { sockets: 0, unsigned: 0 };
  readonly #byAddress = new Map<string, Count>();

  constructor(limits: SignallingLimits) {
    this.#limits = limits;
  }

  get sockets(): number {
    return this.#total.sockets;
  }

  /** What stands against one more socket from there; undefined when nothing does. */
  refusal(clientIp: string): 'sockets' | 'address' | undefined {
    const limits = this.#limits;
    const count = this.#byAddress.get(networkOf(clientIp));
    if (count !== undefined) {
      if (count.sockets >= limits.socketsPerAddress || count.unsigned >= limits.unsignedSocketsPerAddress)
        return 'address';
    }
    const { sockets, unsigned } = this.#total;
    return sockets >= limits.sockets || unsigned >= limits.unsignedSockets ? 'sockets' : undefined;
  }

  enter(clientIp: string): Admitted {
    const key = networkOf(clientIp);
    let count = this.#byAddress.get(key);
    if (count === undefined) {
      count = { sockets: 0, unsigned: 0 };
      this.#byAddress.set(key, count);
    }
    const counts = [this.#total, count];
    for (const one of counts) {
      one.sockets += 1;
      one.unsigned += 1;
    }
    let unsigned = true;
    const signedIn = () => {
      if (!unsigned) return;
      unsigned = false;
      for (const one of counts) one.unsigned -= 1;
    };
    let inside = true;
    const left = () => {
      if (!inside) return;
      inside = false;
      signedIn();
      for (const one of counts) one.sockets -= 1;
      if (count.sockets === 0) this.#byAddress.delete(key);
    };
    return { signedIn, left };
  }
}

/** What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 one, which one caller has at will. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = ip.split('::');
  const front = head === '' ? [] : head.split(':');
  // A gap stands for as many zeros as are missing to eight groups.
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill('0'), ...back].slice(0, 4).join(':');
}
