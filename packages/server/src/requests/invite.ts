import { bounds, callId, userId } from 'ringback-protocol';
import { textOf, timeoutOf } from './form.ts';
import { pushInfoOf } from './push-form.ts';
import { causeOf, type SignallingRequest } from './request.ts';

/** `invite`: rings more users for a call. */
export const invite: SignallingRequest<'invite'> = {
  method: 'invite',
  needs: 'signature',
  handle: async (context, params, answer) => {
    const { services, app, me } = context;
    const request = {
      userId: me.userId,
      device: me.device,
      users: params.users.map(userId),
      timeout: timeoutOf(params.timeoutMs),
      userData: textOf('userData', params.userData, bounds.userDataBytes),
      push: pushInfoOf(params.push),
    };
    await services.calls.invite(app, callId(params.callId), request, causeOf(context), (results) =>
      answer({ results }),
    );
  },
};
