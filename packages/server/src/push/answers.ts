import { type Call, memberOf, wasIn } from 'ringback-engine';
import { bounds, Refusal } from 'ringback-protocol';
import type { Calls } from '../calls/calls.ts';
import type { App, Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { PushLog } from '../ports/push.ts';
import { type AnswerRight, isSignedBy, readAnswerToken } from './answer-token.ts';
import { AnswerTries } from './answer-tries.ts';
import { VoidTokens } from './void-tokens.ts';

/** What a device can do with the token of a push. */
export const answerActions = ['accept', 'reject', 'ignore'] as const;
export type AnswerAction = (typeof answerActions)[number];

/** ms from now in which every ring ends; a minute more for clocks that are not quite the same. */
const longestRing = bounds.ringTimeoutMax + 60_000;

const over = (): Refusal => new Refusal('not_waiting', 'The token was good until the end of its ring.');

const tooOften = (): Refusal =>
  new Refusal(
    'too_fast',
    'This token, or void ones of its user or application, were used too often within the last 10 s.',
  );

/** What says nothing about the token: the store was out of reach, or too much went on. */
const isTrouble = (error: unknown): boolean =>
  !(error instanceof Refusal) || error.reason === 'internal' || error.reason === 'overloaded';

/** One use of a token that is rightly signed. */
interface Use {
  readonly app: App;
  readonly right: AnswerRight;
  /** Tells the token from others. */
  readonly name: string;
  readonly action: AnswerAction;
  readonly clientIp: string;
}

/** Answers calls for devices whose app does not run: with the token of a push, over plain HTTPS. */
export class PushAnswers {
  readonly #options: {
    readonly apps: Pick<Apps, 'get'>;
    readonly calls: Pick<Calls, 'get' | 'apply'>;
    readonly log: Pick<PushLog, 'add'>;
    readonly clock: Clock;
  };
  readonly #tries = new AnswerTries();
  readonly #void = new VoidTokens();

  constructor(options: {
    readonly apps: Pick<Apps, 'get'>;
    readonly calls: Pick<Calls, 'get' | 'apply'>;
    readonly log: Pick<PushLog, 'add'>;
    readonly clock: Clock;
  }) {
    this.#options = options;
  }

  /** Tokens that are remembered: of calls that ring, and such as are of none, these for some seconds. */
  get remembered(): { readonly ringing: number; readonly void: number } {
    return { ringing: this.#tries.size, void: this.#void.size };
  }

  /**
   * Rejects with a `Refusal`: `usersig_illegal` for a token that is none, `too_fast` for one that is used all the time, or is one
   * of very many of its user or application that are of no call, else as the call says. An answer that was taken is so when it is
   * repeated, too.
   */
  async answer(action: AnswerAction, token: string, clientIp: string): Promise<void> {
    const { app, right } = this.#check(token);
    const name = JSON.stringify(right);
    const use = { app, right, name, action, clientIp };
    // Whoever has a key can sign any number of tokens: only those of a call that is there are remembered.
    if (this.#tries.has(name)) {
      await this.#take(use);
      return;
    }
    const look = this.#void.use(right, name, this.#options.clock.now());
    if (look === undefined) throw tooOften();
    try {
      const call = await this.#take(use, await this.#callOf(use));
      // Of who does not wait any more, nobody knows the deadline: any would do.
      if (call !== undefined && memberOf(call, right.userId)?.status === 'Waiting') look.takeBack();
    } catch (error) {
      if (isTrouble(error)) look.takeBack();
      throw error;
    }
  }

  /** Whose token it is, and what it is good for. */
  #check(token: string): { readonly app: App; readonly right: AnswerRight } {
    const { apps, clock } = this.#options;
    const right = readAnswerToken(token);
    const app = right && apps.get(right.app);
    const isGood = right !== undefined && right.deadline <= clock.now() + longestRing;
    if (!isGood || app === undefined || !isSignedBy(token, app.keys)) {
      throw new Refusal('usersig_illegal', 'The token is none of this server, or its key has been removed.');
    }
    if (app.disabled) throw new Refusal('app_disabled');
    if (right.deadline <= clock.now()) throw over();
    return { app, right };
  }

  /** Answers the call, which is read unless it is given; returns it as it was before, or undefined when it had that answer. */
  async #take(use: Use, found?: Call): Promise<Call | undefined> {
    const { calls, log, clock } = this.#options;
    const { app, name, action, clientIp } = use;
    const { callId, userId, device, deadline } = use.right;
    const tries = this.#tries.use(name, deadline, clock.now());
    if (tries === undefined) throw tooOften();
    // Whether the one who accepted is still in the call, the call says.
    if (tries.done === action && action !== 'accept') return undefined;
    const call = found ?? (await this.#callOf(use));
    const note = (refusal: string): void => {
      const said = `${action} ${refusal}`;
      if (said !== tries.noted) log.add(call, clock.now(), { what: 'answered', userId, device, action, refusal });
      tries.noted = said;
    };
    const cause = {
      cause: 'device',
      actor: userId,
      device,
      requestId: '',
      origin: { clientIp, platform: 'Unknown' },
    } as const;
    try {
      await calls.apply(app, callId, { type: action, userId, device }, cause);
      tries.done = action;
      note('');
    } catch (error) {
      if (error instanceof Refusal) note(error.reason);
      throw error;
    }
    return call;
  }

  /** The call that a token is of. Rejects with a `Refusal`, also where the token is of none of its invitations. */
  async #callOf({ app, right: { callId, userId, deadline } }: Use): Promise<Call> {
    const call = await this.#options.calls.get(app, callId);
    if (!wasIn(call, userId)) throw new Refusal('not_in_call');
    const member = memberOf(call, userId);
    // Of an invitation that is over; of a later one of the same user there is another token.
    if (member?.status === 'Waiting' && member.deadline !== deadline) throw over();
    return call;
  }
}
