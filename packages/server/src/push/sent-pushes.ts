import type { DeviceToken, PushTarget } from '../ports/push.ts';
import { isTo } from './ring-facts.ts';

/**
 * Where the pushes of one ring have gone. Pushes that end together write one after the other: over several connections a list
 * could land after a longer one, and whoever closes the ring then would not know of all devices.
 */
export class SentPushes {
  readonly #write: (targets: readonly PushTarget[]) => Promise<boolean>;
  #targets: readonly PushTarget[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(before: readonly PushTarget[], write: (targets: readonly PushTarget[]) => Promise<boolean>) {
    this.#targets = before;
    this.#write = write;
  }

  /** One more, written down when the promise resolves; what `write` says of it. */
  add(token: DeviceToken, sure: boolean): Promise<boolean> {
    const { device, provider, channel } = token;
    const targets = [...this.#targets.filter((target) => !isTo(target, token)), { device, provider, channel, sure }];
    this.#targets = targets;
    const written = this.#last.then(() => this.#write(targets));
    this.#last = written.catch(() => {});
    return written;
  }
}
