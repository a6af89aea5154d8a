import { createSocket, type Socket } from 'node:dgram';

/** A UDP relay on loopback that loses a share of the media packets, both ways; handshakes and checks pass. */
export class LossyRelay {
  readonly #loss: number;
  readonly #front: Socket;
  readonly #backs = new Map<number, Socket>();
  /** A sequence that is the same on every run. */
  #chance = 12345;
  lost = 0;
  passed = 0;

  private constructor(front: Socket, loss: number) {
    this.#front = front;
    this.#loss = loss;
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
    const first = packet[0] ?? 0;
    if (first < 128 || first > 191) return false;
    this.#chance = (Math.imul(this.#chance, 1103515245) + 12345) & 0x7fffffff;
    if (this.#chance / 0x7fffffff < this.#loss) {
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
