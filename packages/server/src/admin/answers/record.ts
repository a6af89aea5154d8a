import { Type } from 'typebox';

/** What is kept of a call that is over. */
export const recordView = Type.Object({
  app: Type.Integer(),
  callId: Type.String(),
  callType: Type.String(),
  mediaType: Type.String(),
  caller: Type.String(),
  members: Type.Array(Type.String(), {
    description: 'Everybody who was ever invited or in the call, the caller first.',
  }),
  startedAt: Type.Integer({ description: 'ms' }),
  acceptedAt: Type.Integer({ description: 'ms; 0 when nobody accepted' }),
  endedAt: Type.Integer({ description: 'ms' }),
  result: Type.String(),
  roomId: Type.String(),
  roomIdType: Type.Integer(),
  chatGroupId: Type.String(),
});
