import type { SignallingRequest } from './request.ts';

/** `pushProviders`: what this device can register for pushes with. */
export const pushProviders: SignallingRequest<'pushProviders'> = {
  method: 'pushProviders',
  needs: 'signIn',
  handle: ({ services, app }, _params, answer) => {
    answer({ providers: services.push.providers(app.sdkAppId) });
  },
};
