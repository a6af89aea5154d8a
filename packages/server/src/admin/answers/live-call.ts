import { Type } from 'typebox';

/** A live call. */
export const liveCallAnswer = Type.Object({
  app: Type.Integer(),
  callId: Type.String(),
  callType: Type.String(),
  mediaType: Type.String(),
  carrier: Type.String({ description: 'What carries its media now: p2p, sfu, janus; empty when nothing does here.' }),
  caller: Type.String(),
  startedAt: Type.Integer({ description: 'ms' }),
  acceptedAt: Type.Integer({ description: 'ms; 0 until somebody has accepted' }),
  roomId: Type.String(),
  roomIdType: Type.Integer(),
  chatGroupId: Type.String(),
  members: Type.Array(
    Type.Object({
      userId: Type.String(),
      status: Type.String({ description: 'Waiting or Calling' }),
      device: Type.String({ description: 'Empty while ringing, and for a robot.' }),
      deadline: Type.Integer({ description: 'ms; the invitation runs out then. 0 when not ringing' }),
      robot: Type.Boolean(),
    }),
    { description: 'Who rings or talks, the caller first.' },
  ),
});
