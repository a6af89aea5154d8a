import type { GroupType } from 'ringback-protocol';
import type { NewGroup } from '../ports/groups.ts';

/** A group of a type as it is when nothing else is said about it: without owner and members. */
export const newGroup = (type: GroupType, maxMembers: number): NewGroup => ({
  type,
  name: '',
  introduction: '',
  notification: '',
  faceUrl: '',
  owner: '',
  maxMembers,
  applyJoin: type === 'AVChatRoom' ? 'FreeAccess' : 'NeedPermission',
  inviteJoin: type === 'Private' ? 'FreeAccess' : 'DisableInvite',
  muteAll: false,
  data: {},
  members: [],
});
