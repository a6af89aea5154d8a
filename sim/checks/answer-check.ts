import type { Call } from 'ringback-engine';
import type { Cause } from '../../packages/server/src/calls/requests.ts';
import { callKey, type Database } from '../store/database.ts';
import type { Fail } from './step-check.ts';

/** What whoever asks for a step is answered, compared with what is on disk at that moment. */
export class AnswerCheck {
  readonly #database: Database;
  readonly #fail: Fail;

  constructor(options: { database: Database; fail: Fail }) {
    this.#database = options.database;
    this.#fail = options.fail;
  }

  /** A request is answered out of this state of a call, whether or not the answer shows it. */
  answered(call: Call): void {
    if (!this.#database.has(call))
      this.#fail('onDisk', `a request was answered by version ${call.version}`, call.callId);
  }

  /** An invitation is answered, which says nothing of the call: the step is known by who asked for it. */
  invited(app: Call['app'], callId: Call['callId'], { device, requestId }: Cause): void {
    const steps = this.#database.history.get(callKey(app, callId)) ?? [];
    const isStep = steps.some((one) => one.type === 'invite' && one.device === device && one.requestId === requestId);
    if (!isStep) this.#fail('onDisk', `an invitation by ${device} was answered`, callId);
  }
}
