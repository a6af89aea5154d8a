import type { SimNode } from '../node/node.ts';
import type { DeviceEnd, SimSession } from '../node/session.ts';
import type { Scheduler } from '../world/scheduler.ts';

const changed = '{"jsonrpc":"2.0","method":"callChanged"';

/**
 * The line between a device and a node: what is sent arrives later, in order, or not at all once the line has broken, which
 * the one side may learn long after the other.
 */
export class DeviceLine {
  readonly node: SimNode;
  readonly #scheduler: Scheduler;
  /** ms. */
  readonly #delay: number;
  readonly #lost: () => void;
  #session: SimSession | undefined;
  #deaf = false;
  #over = false;
  #upAt = 0;
  #downAt = 0;
  readonly #waiting = new Map<number, number>();
  #count = 0;

  /** `lost` is called once, when the device learns that the line has broken. */
  constructor(scheduler: Scheduler, node: SimNode, delay: number, lost: () => void) {
    this.#scheduler = scheduler;
    this.node = node;
    this.#delay = delay;
    this.#lost = lost;
  }

  /** `hear` gets the notices. */
  open(make: (end: DeviceEnd) => SimSession, hear: (frame: string) => void): void {
    this.#up(() => {
      if (!this.node.ready) {
        this.#down(() => this.#break());
        return;
      }
      const session: SimSession = make({
        tell: (frame) => {
          // A phone here goes by its calls' beginnings and ends.
          if (!frame.startsWith(changed)) this.#down(() => hear(frame));
        },
        closed: () => {
          this.node.sessions.delete(session);
          this.#down(() => this.#break());
        },
      });
      this.#session = session;
      this.node.sessions.add(session);
    }, true);
  }

  /** `done` gets the result, or undefined for a refusal; nothing when the line breaks. */
  ask(method: string, params: object, done: (result: unknown) => void): void {
    this.#count += 1;
    const id = this.#count;
    this.#waiting.set(id, this.#scheduler.elapsed);
    const answer = (result: unknown): void =>
      this.#down(() => {
        this.#waiting.delete(id);
        done(result);
      });
    this.#up(() => this.#session?.receive({ method, params, answer }));
  }

  ping(callId: string | undefined): void {
    this.#up(() => this.#session?.ping(callId));
  }

  /** ms for which the oldest request has waited for its answer. */
  waitsFor(): number {
    const [oldest] = this.#waiting.values();
    return oldest === undefined ? 0 : this.#scheduler.elapsed - oldest;
  }

  /** Breaks; `silently`: the node is not told. */
  cut(silently: boolean): void {
    if (this.#over) return;
    const session = this.#session;
    this.#deaf = true;
    if (!silently) this.node.process.after(this.#delay, () => session?.close());
    this.#break();
  }

  #break(): void {
    if (this.#over) return;
    this.#over = true;
    this.#lost();
  }

  /** To the node; a dead one refuses. */
  #up(work: () => void, first = false): void {
    this.#upAt = Math.max(this.#upAt, this.#scheduler.elapsed + this.#delay);
    const ms = this.#upAt - this.#scheduler.elapsed;
    if (!this.node.process.alive) this.#scheduler.after(ms, () => this.#break());
    else {
      this.node.process.after(ms, () => {
        if (!this.#deaf || first) work();
      });
    }
  }

  #down(work: () => void): void {
    this.#downAt = Math.max(this.#downAt, this.#scheduler.elapsed + this.#delay);
    this.#scheduler.after(this.#downAt - this.#scheduler.elapsed, () => {
      if (!this.#deaf && !this.#over) work();
    });
  }
}
