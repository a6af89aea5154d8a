import type { Call } from 'ringback-engine';
import type { Calls } from '../../packages/server/src/calls/calls.ts';
import type { InviteResult, Started } from '../../packages/server/src/calls/requests.ts';
import type { AnswerCheck } from '../checks/answer-check.ts';

type Answer<T> = ((value: T) => void) | undefined;

const looking =
  <T>(look: (value: T) => void) =>
  (answer: Answer<T>): Answer<T> =>
    answer &&
    ((value) => {
      look(value);
      answer(value);
    });

/** The calls of a node, with a look at each answer before it is given. */
export function watchedCalls(real: Calls, check: AnswerCheck): Calls {
  const begun = looking<Started>(({ call }) => check.answered(call));
  const done = looking<Call>((call) => check.answered(call));
  return {
    start: (app, request, cause, answer) => real.start(app, request, cause, begun(answer)),
    apply: (app, callId, event, cause, answer) => real.apply(app, callId, event, cause, done(answer)),
    join: (app, callId, request, cause, answer) => real.join(app, callId, request, cause, done(answer)),
    invite: (app, callId, request, cause, answer) => {
      const invited = looking<readonly InviteResult[]>(() => check.invited(app.sdkAppId, callId, cause));
      return real.invite(app, callId, request, cause, invited(answer));
    },
    get: (app, callId) => real.get(app, callId),
    find: (app, place, userId) => real.find(app, place, userId),
    keep: (call, userId, device) => real.keep(call, userId, device),
    keepHeard: (call, userId, device) => real.keepHeard(call, userId, device),
    isKeptElsewhere: (call, userId) => real.isKeptElsewhere(call, userId),
    callOf: (app, userId) => real.callOf(app, userId),
    seatOf: (app, userId) => real.seatOf(app, userId),
  };
}
