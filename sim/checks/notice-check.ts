import type { Call } from 'ringback-engine';
import type { CallMark } from '../../packages/server/src/ports/bus.ts';
import type { Database } from '../store/database.ts';
import type { Fail } from './step-check.ts';

/** What devices are told, compared with what is on disk at that moment. */
export class NoticeCheck {
  readonly #database: Database;
  readonly #fail: Fail;

  constructor(options: { database: Database; fail: Fail }) {
    this.#database = options.database;
    this.#fail = options.fail;
  }

  /** Devices are told of this state of a call. */
  told(app: Call['app'], { callId, version }: CallMark): void {
    const isWritten = this.#database.has({ app, callId, version });
    if (!isWritten) this.#fail('onDisk', `devices were told of version ${version}`, callId);
  }
}
