import type { SignallingRequest } from './request.ts';

/** `registerPush`: this device can be rung by a push from here on. */
export const registerPush: SignallingRequest<'registerPush'> = {
  method: 'registerPush',
  needs: 'signature',
  handle: async ({ services, app, me }, { provider, token, channel = 'alert' }, answer) => {
    const { userId, device, platform } = me;
    await services.push.register({ app: app.sdkAppId, userId, device, platform, provider, token, channel });
    answer({});
  },
};
