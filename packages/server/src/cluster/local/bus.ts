import type { Audience } from 'ringback-engine';
import type { SdkAppId } from 'ringback-protocol';
import type { Bus, BusListener, CallMark } from '../../ports/bus.ts';

/** The bus of a single node: hands everything to the sessions of this process, at once. */
export class LocalBus implements Bus {
  #listener: BusListener | undefined;

  /** Other nodes, should there be any, hear nothing of this. */
  get isUp(): boolean {
    return false;
  }

  publish(app: SdkAppId, to: readonly Audience[], frame: string, mark?: CallMark): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    for (const one of to) listener.deliver(app, one, frame, mark);
  }

  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string, until?: number): void {
    this.#listener?.disconnect(app, to, closeCode, frame, until);
  }

  /** There is no other node. */
  follow(): void {}

  leave(): void {}

  onDeliver(listener: BusListener): void {
    this.#listener = listener;
  }
}
