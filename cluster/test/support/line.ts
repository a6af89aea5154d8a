import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `open`: bytes pass. `cut`: connections are closed, new ones too. `silent`: they stay, and nothing passes any more. */
type State = 'open' | 'cut' | 'silent';

/** A line over loopback between one node and one service, which a test can cut, silence, heal, and lead elsewhere. */
export class Line {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: number;
  #state: State = 'open';

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#take(near));
  }

  /** A line to this port of loopback. */
  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** The same URL, by way of this line. */
  url(direct: string): string {
    const url = new URL(direct);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Connections break, as when a machine goes down in good order. */
  cut(): void {
    this.#state = 'cut';
    for (const pair of this.#pairs) pair.close();
  }

  /** Packets are dropped, as by a firewall or a broken switch: nobody hears that anything is wrong. */
  silence(): void {
    this.#state = 'silent';
    for (const pair of this.#pairs) pair.hold();
  }

  /** What waits in a silent line arrives now. */
  heal(): void {
    this.#state = 'open';
    for (const pair of this.#pairs) pair.release();
  }

  /** Leads to another port from now on; connections break. */
  lead(port: number): void {
    this.#target = port;
    for (const pair of this.#pairs) pair.close();
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) pair.close();
  }

  #take(near: Socket): void {
    if (this.#state === 'cut') {
      near.on('error', () => {});
      near.destroy();
      return;
    }
    const pair = new Pair(near, () => connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true }));
    this.#pairs.add(pair);
    pair.onClose = () => this.#pairs.delete(pair);
    if (this.#state === 'silent') pair.hold();
    else pair.release();
  }
}

/** One connection through the line. The far half is made when the line is open for the first time. */
class Pair {
  onClose: () => void = () => {};
  readonly #near: Socket;
  readonly #reach: () => Socket;
  #far: Socket | undefined;
  #held = true;
  #closed = false;

  constructor(near: Socket, reach: () => Socket) {
    this.#near = near;
    this.#reach = reach;
    this.#watch(near);
    near.pause();
  }

  hold(): void {
    this.#held = true;
    this.#near.unpipe();
    this.#far?.unpipe();
    this.#near.pause();
    this.#far?.pause();
  }

  release(): void {
    this.#held = false;
    // One half ended while the line was silent: now the other one hears of it.
    if (this.#near.destroyed || this.#far?.destroyed) {
      this.close();
      return;
    }
    if (this.#far === undefined) {
      this.#far = this.#reach();
      this.#watch(this.#far);
    }
    this.#near.pipe(this.#far);
    this.#far.pipe(this.#near);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#near.destroy();
    this.#far?.destroy();
    this.onClose();
  }

  #watch(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.#held) this.close();
    });
  }
}
