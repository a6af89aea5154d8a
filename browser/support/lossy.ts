import { createSocket, type Socket } from 'node:dgram';

/** A UDP relay on loopback that loses a share of the media packets, both ways; handshakes and checks pass. */
export class LossyRelay {
  /** Of the media packets, 0 to 1. */
  loss: number;
  /** Nothing at all passes. */
  cut = false;
  readonly #front: Socket;
  readonly #backs = new Map<number, Socket>();
  /** A sequence that is the same on every run. */
  #chance = 12345;
  lost = 0;
  passed = 0;

  private constructor(front: Socket, loss: number) {
    this.#front = front;
    this.loss = loss;
  }

  /** Relays from a port of its own to the port `to`. */
  static async open(to: number, loss: number): Promise<LossyRelay> {
    const front = createSocket('udp4');
    await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
    const relay = new LossyRelay(front, loss);
    front.on('message', (packet, { port }) => {
      let back = relay.#backs.get(port);
      if (back === undefined) {
        back = createSocket('udp4');
        back.on('message', (answer) => {
          if (!relay.#loses(answer)) front.send(answer, port, '127.0.0.1');
        });
        relay.#backs.set(port, back);
      }
      if (!relay.#loses(packet)) back.send(packet, to, '127.0.0.1');
    });
    return relay;
  }

  get port(): number {
    return this.#front.address().port;
  }

  #loses(packet: Buffer): boolean {
    if (this.cut) return true;
    const first = packet[0] ?? 0;
    if (first < 128 || first > 191) return false;
    this.#chance = (Math.imul(this.#chance, 1103515245) + 12345) & 0x7fffffff;
    if (this.#chance / 0x7fffffff < this.loss) {
      this.lost += 1;
      return true;
    }
    this.passed += 1;
    return false;
  }

  close(): void {
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
  }
}

/** Relays in front of whatever ports pages are about to reach: what `detourOf` of `probe.js` asks for. */
export class Detours {
  readonly #relays = new Map<number, Promise<LossyRelay>>();
  readonly #spared = new Set<number>();
  #loss = 0;
  #cut = false;

  /** Packets to this port go straight. */
  spare(port: number): void {
    this.#spared.add(port);
  }

  /** Where packets to this port are to go instead. */
  async of(port: number): Promise<number> {
    if (this.#spared.has(port)) return port;
    let relay = this.#relays.get(port);
    if (relay === undefined) {
      relay = LossyRelay.open(port, this.#loss);
      this.#relays.set(port, relay);
    }
    const opened = await relay;
    opened.cut = this.#cut;
    return opened.port;
  }

  /** Lets this share of the media packets be lost, each way, from now on. */
  async lose(loss: number): Promise<void> {
    this.#loss = loss;
    for (const relay of await this.#all()) relay.loss = loss;
  }

  /** Lets nothing pass any more, on no detour. */
  async cut(): Promise<void> {
    this.#cut = true;
    for (const relay of await this.#all()) relay.cut = true;
  }

  /** Packets so far, of all detours. */
  async counted(): Promise<{ readonly lost: number; readonly passed: number }> {
    const all = await this.#all();
    const sum = (of: (relay: LossyRelay) => number) => all.reduce((total, relay) => total + of(relay), 0);
    return { lost: sum((one) => one.lost), passed: sum((one) => one.passed) };
  }

  async close(): Promise<void> {
    for (const relay of await this.#all()) relay.close();
    this.#relays.clear();
  }

  #all(): Promise<readonly LossyRelay[]> {
    return Promise.all(this.#relays.values());
  }
}
