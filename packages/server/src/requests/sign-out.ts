import { memberOf } from 'ringback-engine';
import { Refusal } from 'ringback-protocol';
import { causeOf, type SignallingRequest } from './request.ts';

/** `signOut`: the device leaves its call at once, and no push rings it any more; a call that merely rings goes on elsewhere. */
export const signOut: SignallingRequest<'signOut'> = {
  method: 'signOut',
  needs: 'signIn',
  handle: async (context, _params, answer) => {
    const { services, session, app, me } = context;
    const call = await services.calls.callOf(app, me.userId);
    const member = call === undefined ? undefined : memberOf(call, me.userId);
    let answered = false;
    if (call !== undefined && member?.status === 'Calling' && member.device === me.device) {
      const event = { type: 'signOut', userId: me.userId, device: me.device } as const;
      try {
        await services.calls.apply(app, call.callId, event, causeOf(context), () => {
          answered = true;
          answer({});
        });
      } catch (error) {
        // The call may have ended meanwhile; the sign-out stands.
        if (!(error instanceof Refusal) || error.reason === 'internal') throw error;
      }
    }
    await services.push.unregister(app.sdkAppId, me.userId, me.device);
    if (!answered) answer({});
    session.leave();
  },
};
