import { bounds, Refusal } from 'ringback-protocol';
import { roomOf, textOf } from './form.ts';
import type { SignallingRequest } from './request.ts';

/** `findCall`: the running call of a room or a group, as far as this user may join it. */
export const findCall: SignallingRequest<'findCall'> = {
  method: 'findCall',
  needs: 'signature',
  handle: async ({ services, app, me }, params, answer) => {
    const place = {
      ...roomOf(params.roomId, params.roomIdType),
      chatGroupId: textOf('chatGroupId', params.chatGroupId, bounds.chatGroupIdBytes),
    };
    if (place.roomId === '' && place.chatGroupId === '') {
      throw new Refusal('frame_bad_params', 'roomId or chatGroupId must be given', 'roomId');
    }
    const { callId } = await services.calls.find(app, place, me.userId);
    answer({ callId });
  },
};
