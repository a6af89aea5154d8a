import type { SdkAppId } from 'ringback-protocol';
import type { EventfulStep } from '../ports/outbox.ts';
import { standardFormat } from './events/format.ts';
import { webhookId } from './sign.ts';

/** An event as those who look on hear it. */
export interface HeardEvent {
  /** The `webhook-id`. */
  readonly id: string;
  readonly command: string;
  readonly clientIp: string;
  readonly platform: string;
  /** The payload as JSON text. */
  readonly body: string;
}

/** Takes what is heard; with undefined, there will be nothing more. */
export type Listener = (event: HeardEvent | undefined) => void;

/** Who looks on while events happen. Nothing is kept for them: they hear what happens from now on. */
export class Listeners {
  readonly #byApp = new Map<SdkAppId, Set<Listener>>();

  /** Listens to an application; ends with the answered function. */
  add(app: SdkAppId, listener: Listener): () => void {
    let all = this.#byApp.get(app);
    if (all === undefined) {
      all = new Set();
      this.#byApp.set(app, all);
    }
    all.add(listener);
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.#byApp.get(app) === all) this.#byApp.delete(app);
    };
  }

  /** The events of a step happen. */
  hear(step: EventfulStep): void {
    const { callId, app } = step.call;
    if (!this.#byApp.has(app)) return;
    const { clientIp, platform } = step.origin;
    for (const { command, body, ...place } of standardFormat.tell(step)) {
      this.tell(app, { id: webhookId({ callId, ...place }), command, clientIp, platform, body: JSON.stringify(body) });
    }
  }

  /** Something happens that is not the step of a call. */
  tell(app: SdkAppId, event: HeardEvent): void {
    for (const listener of this.#byApp.get(app) ?? []) listener(event);
  }

  close(): void {
    for (const all of this.#byApp.values()) for (const listener of all) listener(undefined);
    this.#byApp.clear();
  }
}
