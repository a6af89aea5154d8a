import type { Call } from '../client/call.ts';
import type { Client } from '../client/client.ts';
import { type Handler, Handlers } from './handlers.ts';

/** What call kits use of the media engine: the loudspeaker switch, and the event of sound that the browser holds back. */
export class TRTCCloud {
  readonly #client: () => Client;
  readonly #handlers = new Handlers(this);
  #muted = false;

  constructor(client: () => Client) {
    this.#client = client;
  }

  on(name: string, handler: Handler, context?: unknown): void {
    this.#handlers.on(name, handler, context);
  }

  off(name: string, handler?: Handler, _context?: unknown): void {
    this.#handlers.off(name, handler);
  }

  /** For the engine. */
  emit(name: string, event?: unknown): void {
    this.#handlers.emit(name, event);
  }

  /** Silences all others on this page, or lets them be heard; before a call, for the next one. */
  muteAllRemoteAudio(mute: boolean): void {
    this.#muted = mute;
    this.#client().call?.media?.muteAll(mute);
  }

  /** For the engine: there is a call. What was wished before counts for it, and is over with it. */
  attach(call: Call): void {
    if (this.#muted) call.media?.muteAll(true);
    call.on('ended', () => {
      this.#muted = false;
    });
  }

  /** Silences one member on this page, or lets them be heard. */
  muteRemoteAudio(userId: string, mute: boolean): void {
    this.#client().call?.media?.mute(userId, mute);
  }

  /** Accepted and without effect, as is every wish that is not known. */
  callExperimentalAPI(_json: string): void {}
}
