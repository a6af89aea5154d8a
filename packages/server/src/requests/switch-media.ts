import { callId } from 'ringback-protocol';
import { mediaTypeOf } from './form.ts';
import { causeOf, type SignallingRequest } from './request.ts';

/** `switchMedia`: between audio and video, in a call of two. */
export const switchMedia: SignallingRequest<'switchMedia'> = {
  method: 'switchMedia',
  needs: 'signIn',
  handle: async (context, params, answer) => {
    const { services, app, me } = context;
    const mediaType = mediaTypeOf(params.mediaType);
    const event = { type: 'switchMedia', userId: me.userId, device: me.device, mediaType } as const;
    await services.calls.apply(app, callId(params.callId), event, causeOf(context), () => answer({}));
  },
};
