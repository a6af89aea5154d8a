import { callId } from 'ringback-protocol';
import type { SignallingRequest } from './request.ts';

/** `ringing`: this device rings, so that no push is needed to wake another. */
export const ringing: SignallingRequest<'ringing'> = {
  method: 'ringing',
  needs: 'signIn',
  handle: ({ services, app, me }, params, answer) => {
    services.rings?.rings(app.sdkAppId, callId(params.callId), me.userId, me.device);
    answer({});
  },
};
