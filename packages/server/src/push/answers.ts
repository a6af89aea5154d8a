import { memberOf } from 'ringback-engine';
import { Refusal } from 'ringback-protocol';
import type { Calls } from '../calls/calls.ts';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { PushLog } from '../ports/push.ts';
import { isSignedBy, readAnswerToken } from './answer-token.ts';

/** What a device can do with the token of a push. */
export const answerActions = ['accept', 'reject', 'ignore'] as const;
export type AnswerAction = (typeof answerActions)[number];

/** Answers calls for devices whose app does not run: with the token of a push, over plain HTTPS. */
export class PushAnswers {
  readonly #options: {
    readonly apps: Pick<Apps, 'get'>;
    readonly calls: Pick<Calls, 'get' | 'apply'>;
    readonly log: Pick<PushLog, 'add'>;
    readonly clock: Clock;
  };

  constructor(options: {
    readonly apps: Pick<Apps, 'get'>;
    readonly calls: Pick<Calls, 'get' | 'apply'>;
    readonly log: Pick<PushLog, 'add'>;
    readonly clock: Clock;
  }) {
    this.#options = options;
  }

  /** Rejects with a `Refusal`: `usersig_illegal` for a token that is none, else as the call says. */
  async answer(action: AnswerAction, token: string, clientIp: string): Promise<void> {
    const { apps, calls, log, clock } = this.#options;
    const right = readAnswerToken(token);
    const app = right && apps.get(right.app);
    if (right === undefined || app === undefined || !isSignedBy(token, app.keys)) {
      throw new Refusal('usersig_illegal', 'The token is none of this server, or its key has been removed.');
    }
    if (app.disabled) throw new Refusal('app_disabled');
    const { callId, userId, device, deadline } = right;
    const call = await calls.get(app, callId);
    const member = memberOf(call, userId);
    // Of an invitation that is over; of a later one of the same user there is another token.
    if (deadline <= clock.now() || (member?.status === 'Waiting' && member.deadline !== deadline)) {
      throw new Refusal('not_waiting', 'The token was good until the end of its ring.');
    }
    const note = (refusal: string): void =>
      log.add(call, clock.now(), { what: 'answered', userId, device, action, refusal });
    const cause = {
      cause: 'device',
      actor: userId,
      device,
      requestId: '',
      origin: { clientIp, platform: 'Unknown' },
    } as const;
    try {
      await calls.apply(app, callId, { type: action, userId, device }, cause);
      note('');
    } catch (error) {
      if (error instanceof Refusal) note(error.reason);
      throw error;
    }
  }
}
