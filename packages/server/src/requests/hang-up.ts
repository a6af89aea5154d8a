import { callId } from 'ringback-protocol';
import { causeOf, type SignallingRequest } from './request.ts';

/** `hangUp`: leaves the call; a caller whom nobody has answered withdraws it, a ringing callee declines it. */
export const hangUp: SignallingRequest<'hangUp'> = {
  method: 'hangUp',
  needs: 'signIn',
  handle: (context, params, answer) => {
    const { services, app, me } = context;
    const event = { type: 'hangUp', userId: me.userId, device: me.device } as const;
    return services.calls.apply(app, callId(params.callId), event, causeOf(context), () => answer({}));
  },
};
