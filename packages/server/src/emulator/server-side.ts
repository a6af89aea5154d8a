import type { Action, ServerActionName } from '../script/words.ts';
import type { Journal } from './journal.ts';
import { endCall, kick, type RestDoor, RestRefusal, robotCall } from './rest.ts';

/** What acts on the side of the server need. */
export interface ServerSideOptions {
  readonly rest: () => RestDoor;
  readonly restart: () => Promise<void>;
  readonly callOf: (userId: string) => string | undefined;
  readonly journal: Journal;
  /** ms. */
  readonly now: () => number;
  readonly onFatal: (error: Error) => void;
}

/** What happens on the side of the server: commands of the REST API, and restarts. */
export class ServerSide {
  readonly #options: ServerSideOptions;
  #acting: Promise<unknown> = Promise.resolve();
  #doing = 0;

  constructor(options: ServerSideOptions) {
    this.#options = options;
  }

  /** Acts of the script that are not done yet. */
  get doing(): number {
    return this.#doing;
  }

  /** Rejects with `RestRefusal`. */
  act(action: Action<ServerActionName>): Promise<{ callId?: string }> {
    // One after the other: a restart waits for what was asked before it, and what is asked after it waits for the restart.
    const done = this.#acting.then(() => this.#act(action));
    this.#acting = done.catch(() => {});
    return done;
  }

  /** As the script says; what comes of it is in the journal. */
  async actByScript(action: Action<ServerActionName>): Promise<void> {
    const { journal, now, onFatal } = this.#options;
    this.#doing += 1;
    try {
      await this.act(action);
      journal.add({ at: now(), user: 'server', what: action.name });
    } catch (error) {
      // Nobody waits for this: what is no refusal, such as a server that does not start again, ends the emulator.
      if (!(error instanceof RestRefusal)) onFatal(error as Error);
      journal.add({ at: now(), user: 'server', what: action.name, refused: (error as Error).message });
    } finally {
      this.#doing -= 1;
    }
  }

  /** Resolves when what was asked before is done. */
  async close(): Promise<void> {
    await this.#acting;
  }

  async #act({ name, options }: Action<ServerActionName>): Promise<{ callId?: string }> {
    const rest = this.#options.rest();
    switch (name) {
      case 'restart':
        await this.#options.restart();
        return {};
      case 'kick':
        await kick(rest, options.user as string);
        return {};
      case 'endCall': {
        const callId = this.#options.callOf(options.callOf as string) ?? '';
        await endCall(rest, callId);
        return { callId };
      }
      case 'robotCall': {
        const { to, from = 'robot', media = 'Audio', timeout = 30_000, userData } = options;
        const call = { to: to as string[], from: from as string, media: media as string, timeout: timeout as number };
        const about = userData === undefined ? {} : { userData: userData as string };
        return { callId: await robotCall(rest, { ...call, ...about }) };
      }
    }
  }
}
