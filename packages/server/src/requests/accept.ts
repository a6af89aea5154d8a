import { callId } from 'ringback-protocol';
import { causeOf, type SignallingRequest } from './request.ts';

/** `accept`: this device answers a call that rings, and holds it from here on. */
export const accept: SignallingRequest<'accept'> = {
  method: 'accept',
  needs: 'signIn',
  handle: (context, params, answer) => {
    const { services, app, me } = context;
    const event = { type: 'accept', userId: me.userId, device: me.device } as const;
    return services.calls.apply(app, callId(params.callId), event, causeOf(context), () => answer({}));
  },
};
