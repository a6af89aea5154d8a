import { callId } from 'ringback-protocol';
import { causeOf, type SignallingRequest } from './request.ts';

/** `ignore`: declines a call that rings, as busy. */
export const ignore: SignallingRequest<'ignore'> = {
  method: 'ignore',
  needs: 'signIn',
  handle: (context, params, answer) => {
    const { services, app, me } = context;
    const event = { type: 'ignore', userId: me.userId, device: me.device } as const;
    return services.calls.apply(app, callId(params.callId), event, causeOf(context), () => answer({}));
  },
};
