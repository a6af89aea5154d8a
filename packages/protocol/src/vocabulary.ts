/** The words of the wire that more than one room uses, and the numbers that clients know them by. */

export type MediaType = 'Audio' | 'Video';
export type CallType = 'SingleCall' | 'MultiCall';
/** 0 = the call has no room of its own (only ever read, never written). */
export type RoomIdType = 0 | 1 | 2;
/** Where a member of a live call stands: ringing, or in the call. */
export type MemberStatus = 'Waiting' | 'Calling';

/** What happened to a member, in the words of the member webhook. */
export type MemberAction =
  | 'Answer'
  | 'Reject'
  | 'NotAnswer'
  | 'Hangup'
  | 'Join'
  | 'Offline'
  | 'Invite'
  | 'Cancel_Invite'
  | 'Busy';

/** The events of a call that webhooks tell, by the word that `CallbackCommandList` and `CallbackCommand` know them by. */
export const callbackCommands = {
  StartCall: 'Call.CallbackAfterStartCall',
  MemberChanged: 'Call.CallbackAfterMemberChanged',
  EndCall: 'Call.CallbackAfterEndCall',
} as const;
export type EventKind = keyof typeof callbackCommands;

/** How a call ended, in the words of the record. */
export const callResults = ['Cancel', 'Reject', 'NotAnswer', 'NormalEnd', 'CallBusy', 'Interrupt', 'Offline'] as const;
export type CallResult = (typeof callResults)[number];

/** Why a call is over for one device, in the numbers of the client engine. */
export const endReasons = {
  unknown: 0,
  hangup: 1,
  reject: 2,
  noResponse: 3,
  offline: 4,
  lineBusy: 5,
  canceled: 6,
  otherDeviceAccepted: 7,
  otherDeviceReject: 8,
  endByServer: 9,
} as const;
export type EndReason = (typeof endReasons)[keyof typeof endReasons];

/** The platforms a device may name at sign-in; also `OptPlatform` of webhooks, with `RESTAPI` for the REST API. */
export const platforms = [
  'Web',
  'Android',
  'iOS',
  'Windows',
  'macOS',
  'iPad',
  'Linux',
  'miniProgram',
  'Unknown',
] as const;
export type Platform = (typeof platforms)[number];
export type OptPlatform = Platform | 'RESTAPI';

/** The kinds of groups, as the wire writes them. `Private` is also read as `Work`, `ChatRoom` as `Meeting`. */
export const groupTypes = ['Private', 'Public', 'ChatRoom', 'AVChatRoom', 'BChatRoom', 'Community'] as const;
export type GroupType = (typeof groupTypes)[number];

/** Where a member stands in a group. */
export const groupRoles = ['Owner', 'Admin', 'Member'] as const;
export type GroupRole = (typeof groupRoles)[number];

/** Who may come into a group by themselves. */
export const joinOptions = ['FreeAccess', 'NeedPermission', 'DisableApply'] as const;
export type JoinOption = (typeof joinOptions)[number];

/** Whom members may bring in. */
export const inviteOptions = ['FreeAccess', 'NeedPermission', 'DisableInvite'] as const;
export type InviteOption = (typeof inviteOptions)[number];
