import { callId } from 'ringback-protocol';
import { causeOf, type SignallingRequest } from './request.ts';

/** `reject`: declines a call that rings, for all devices of the user. */
export const reject: SignallingRequest<'reject'> = {
  method: 'reject',
  needs: 'signIn',
  handle: (context, params, answer) => {
    const { services, app, me } = context;
    const event = { type: 'reject', userId: me.userId, device: me.device } as const;
    return services.calls.apply(app, callId(params.callId), event, causeOf(context), () => answer({}));
  },
};
