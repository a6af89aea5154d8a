/**
 * The last packets of one source, for all who miss one. Bytes go round in one buffer, so that a packet costs a copy and
 * no allocation, and what is kept is bounded in bytes and in packets.
 */
export class PacketHistory {
  readonly #bytes: Uint8Array;
  readonly #numbers: Float64Array;
  /** Place of each packet, counted in all bytes ever written; it is gone once the buffer has come round to it. */
  readonly #places: Float64Array;
  readonly #lengths: Uint16Array;
  readonly #mask: number;
  #written = 0;

  /** `slots` is a power of two: how far apart the sequence numbers of two kept packets may be. */
  constructor(options: { readonly bytes: number; readonly slots: number }) {
    this.#bytes = new Uint8Array(options.bytes);
    this.#numbers = new Float64Array(options.slots).fill(Number.NaN);
    this.#places = new Float64Array(options.slots);
    this.#lengths = new Uint16Array(options.slots);
    this.#mask = options.slots - 1;
  }

  /** Keeps a packet under its extended sequence number. */
  put(number: number, packet: Uint8Array): void {
    const size = this.#bytes.length;
    if (packet.length > size) return;
    let at = this.#written % size;
    // A packet is never broken over the end.
    if (at + packet.length > size) {
      this.#written += size - at;
      at = 0;
    }
    this.#bytes.set(packet, at);
    const slot = number & this.#mask;
    this.#numbers[slot] = number;
    this.#places[slot] = this.#written;
    this.#lengths[slot] = packet.length;
    this.#written += packet.length;
  }

  /** Whether a packet is kept: it came, and not too long ago. */
  has(number: number): boolean {
    const slot = number & this.#mask;
    return this.#numbers[slot] === number && (this.#places[slot] ?? 0) >= this.#written - this.#bytes.length;
  }

  /** Copies a packet to `into`; gives its length, 0 when it is not kept any more (or not yet). */
  get(number: number, into: Uint8Array): number {
    if (!this.has(number)) return 0;
    const slot = number & this.#mask;
    const place = this.#places[slot] ?? 0;
    const length = this.#lengths[slot] ?? 0;
    const at = place % this.#bytes.length;
    into.set(this.#bytes.subarray(at, at + length));
    return length;
  }
}
