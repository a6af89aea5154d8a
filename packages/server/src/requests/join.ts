import { callId } from 'ringback-protocol';
import { callView } from '../calls/call-view.ts';
import { causeOf, type SignallingRequest } from './request.ts';

/** `join`: enters a running call by its id. */
export const join: SignallingRequest<'join'> = {
  method: 'join',
  needs: 'signature',
  handle: async (context, params, answer) => {
    const { services, app, me } = context;
    const request = { userId: me.userId, device: me.device };
    await services.calls.join(app, callId(params.callId), request, causeOf(context), (joined) =>
      answer(callView(joined, me.userId)),
    );
  },
};
