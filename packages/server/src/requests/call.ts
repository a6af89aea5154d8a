import { bounds, userId } from 'ringback-protocol';
import { callView } from '../calls/call-view.ts';
import { mediaTypeOf, roomOf, textOf, timeoutOf } from './form.ts';
import { pushInfoOf } from './push-form.ts';
import { causeOf, type SignallingRequest } from './request.ts';

/** `call`: rings users. */
export const call: SignallingRequest<'call'> = {
  method: 'call',
  needs: 'signature',
  handle: (context, params, answer) => {
    const { services, app, me } = context;
    const request = {
      caller: me.userId,
      robot: false,
      device: me.device,
      callees: params.callees.map(userId),
      mediaType: mediaTypeOf(params.mediaType),
      chatGroupId: textOf('chatGroupId', params.chatGroupId, bounds.chatGroupIdBytes),
      ...roomOf(params.roomId, params.roomIdType),
      userData: textOf('userData', params.userData, bounds.userDataBytes),
      timeout: timeoutOf(params.timeoutMs),
      push: pushInfoOf(params.push),
    };
    return services.calls.start(app, request, causeOf(context), (started) =>
      answer({ ...started, call: callView(started.call, me.userId) }),
    );
  },
};
