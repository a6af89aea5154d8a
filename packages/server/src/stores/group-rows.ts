import type { GroupId, GroupRole, GroupType, InviteOption, JoinOption, UserId } from 'ringback-protocol';
import type { Group, GroupData, GroupMember } from '../ports/groups.ts';

/** A group with what the store keeps beside it. */
export interface KeptGroup extends Group {
  /** That the next member gets. */
  readonly nextPlace: number;
}

export interface GroupRow {
  readonly group_id: GroupId;
  readonly type: GroupType;
  readonly name: string;
  readonly introduction: string;
  readonly notification: string;
  readonly face_url: string;
  readonly owner: UserId | '';
  readonly created_at: number;
  readonly info_seq: number;
  readonly last_info_at: number;
  readonly max_members: number;
  readonly member_count: number;
  readonly next_place: number;
  readonly apply_join: JoinOption;
  readonly invite_join: InviteOption;
  readonly mute_all: number;
  readonly data: string;
}

/** User id, role, time of joining, name card, data. */
export type MemberColumns = [UserId, GroupRole, number, string, string];

export interface JoinedRow extends GroupRow {
  readonly role: GroupRole;
  readonly joined_at: number;
  readonly name_card: string;
  readonly member_data: string;
}

export const groupColumns = [
  'group_id',
  'type',
  'name',
  'introduction',
  'notification',
  'face_url',
  'owner',
  'created_at',
  'info_seq',
  'last_info_at',
  'max_members',
  'member_count',
  'next_place',
  'apply_join',
  'invite_join',
  'mute_all',
  'data',
];

export const memberColumns = 'user_id, role, joined_at, name_card, data';
const noData: GroupData = {};
const dataOf = (text: string): GroupData => (text === '{}' ? noData : (JSON.parse(text) as GroupData));

export const memberOf = ([userId, role, joinedAt, nameCard, data]: MemberColumns): GroupMember => ({
  userId,
  role,
  joinedAt,
  nameCard,
  data: dataOf(data),
});

export const groupOf = (row: GroupRow): KeptGroup => ({
  groupId: row.group_id,
  type: row.type,
  name: row.name,
  introduction: row.introduction,
  notification: row.notification,
  faceUrl: row.face_url,
  owner: row.owner,
  createdAt: row.created_at,
  infoSeq: row.info_seq,
  lastInfoAt: row.last_info_at,
  maxMembers: row.max_members,
  memberCount: row.member_count,
  nextPlace: row.next_place,
  applyJoin: row.apply_join,
  inviteJoin: row.invite_join,
  muteAll: row.mute_all !== 0,
  data: dataOf(row.data),
});
