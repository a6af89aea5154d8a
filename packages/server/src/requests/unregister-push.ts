import type { SignallingRequest } from './request.ts';

/** `unregisterPush`: no push rings this device any more. */
export const unregisterPush: SignallingRequest<'unregisterPush'> = {
  method: 'unregisterPush',
  needs: 'signIn',
  handle: async ({ services, app, me }, { provider }, answer) => {
    await services.push.unregister(app.sdkAppId, me.userId, me.device, provider);
    answer({});
  },
};
