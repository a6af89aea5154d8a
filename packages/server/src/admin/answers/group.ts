import { Type } from 'typebox';

/** A group. */
export const groupView = Type.Object({
  groupId: Type.String(),
  type: Type.String(),
  name: Type.String(),
  introduction: Type.String(),
  notification: Type.String(),
  faceUrl: Type.String(),
  owner: Type.String({ description: 'Empty: nobody owns it.' }),
  createdAt: Type.Integer({ description: 'ms' }),
  maxMembers: Type.Integer(),
  memberCount: Type.Integer(),
  applyJoin: Type.String(),
  inviteJoin: Type.String(),
  muteAll: Type.Boolean(),
});

/** A member of a group. */
export const groupMemberView = Type.Object({
  userId: Type.String(),
  role: Type.String(),
  joinedAt: Type.Integer({ description: 'ms' }),
  nameCard: Type.String(),
  nick: Type.String(),
  online: Type.Boolean(),
});
