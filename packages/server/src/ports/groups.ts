import type { GroupId, GroupRole, GroupType, InviteOption, JoinOption, SdkAppId, UserId } from 'ringback-protocol';

/** What an application attaches to a group or a member: its own keys and values. */
export type GroupData = Readonly<Record<string, string>>;

/** A group of users. Times in ms. */
export interface Group {
  readonly groupId: GroupId;
  readonly type: GroupType;
  readonly name: string;
  readonly introduction: string;
  readonly notification: string;
  readonly faceUrl: string;
  /** Empty: nobody owns it. */
  readonly owner: UserId | '';
  readonly createdAt: number;
  /** Counts the changes of everything but the members. */
  readonly infoSeq: number;
  readonly lastInfoAt: number;
  readonly maxMembers: number;
  /** The owner included. */
  readonly memberCount: number;
  readonly applyJoin: JoinOption;
  readonly inviteJoin: InviteOption;
  readonly muteAll: boolean;
  readonly data: GroupData;
}

export interface GroupMember {
  readonly userId: UserId;
  readonly role: GroupRole;
  /** ms. */
  readonly joinedAt: number;
  readonly nameCard: string;
  readonly data: GroupData;
}

/** Somebody who is to become a member. */
export type NewMember = Pick<GroupMember, 'userId' | 'role' | 'nameCard' | 'data'>;

/** What can be set about a group. */
export type GroupSettings = Omit<
  Group,
  'groupId' | 'type' | 'owner' | 'createdAt' | 'infoSeq' | 'lastInfoAt' | 'memberCount'
>;

/** A group that is to be made. `groupId` is absent when the server shall choose one. */
export type NewGroup = GroupSettings &
  Pick<Group, 'type' | 'owner'> & {
    readonly groupId?: GroupId;
    /** Without duplicates and without the owner. */
    readonly members: readonly NewMember[];
  };

/** A page of the groups of an application, in the order of their making. */
export interface GroupPage {
  /** All of the type that was asked for, not only this page. */
  readonly total: number;
  readonly groupIds: readonly GroupId[];
  /** Where the next page begins; 0 when this was the last one. */
  readonly next: number;
}

/** What became of somebody who was to be added. `gone`: the account was deleted meanwhile. */
export type AddOutcome = 'added' | 'member' | 'tooMany' | 'gone';

/** The groups of the applications. What they answer is committed; what they have changed is on disk. */
export interface Groups {
  /**
   * Makes a group. `maxJoined`: in how many groups one user may be. Rejects with `group_id_taken` (`group_exists` when the
   * group that is there has the same owner), `group_joined_too_many`, and `group_account_unknown` for an account that was
   * deleted meanwhile.
   */
  create(app: SdkAppId, group: NewGroup, maxJoined: number): Promise<Group>;
  get(app: SdkAppId, groupId: GroupId): Promise<Group | undefined> | Group | undefined;
  /** `after`: the `next` of the page before, 0 for the first page. */
  list(
    app: SdkAppId,
    asked: { readonly type?: GroupType; readonly after: number; readonly limit: number },
  ): Promise<GroupPage> | GroupPage;
  /** Ids that begin with `prefix`, in the order of their bytes, from after `after`; both may be empty. */
  find(
    app: SdkAppId,
    asked: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly GroupId[]> | readonly GroupId[];
  /** In the order of joining. `roles`: these only. */
  members(
    app: SdkAppId,
    groupId: GroupId,
    asked: { readonly offset: number; readonly limit: number; readonly roles?: readonly GroupRole[] },
  ): Promise<readonly GroupMember[]> | readonly GroupMember[];
  /** Those of `userIds` who are members. */
  membersAmong(
    app: SdkAppId,
    groupId: GroupId,
    userIds: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, GroupMember>> | ReadonlyMap<UserId, GroupMember>;
  /** The groups that a user is in, with the own membership, by group id. */
  joined(
    app: SdkAppId,
    userId: UserId,
  ):
    | Promise<readonly { readonly group: Group; readonly member: GroupMember }[]>
    | readonly { readonly group: Group; readonly member: GroupMember }[];
  /**
   * Adds members, all or none of those for whom there is a place. `maxJoined`: in how many groups one user may be.
   * Rejects with `group_unknown`, `group_full`.
   */
  add(
    app: SdkAppId,
    groupId: GroupId,
    members: readonly NewMember[],
    maxJoined: number,
  ): Promise<ReadonlyMap<UserId, AddOutcome>>;
  /** Takes members out; those who are none are no error. Rejects with `group_unknown`, `group_owner_stays`. */
  remove(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): Promise<void>;
  /**
   * Changes a group: `change` gets it as it is and answers what is to be different; it may throw a `Refusal`.
   * Rejects with `group_unknown`.
   */
  change(app: SdkAppId, groupId: GroupId, change: (group: Group) => Partial<GroupSettings>): Promise<Group>;
  /** Makes a member the owner; the old one becomes an ordinary member. Rejects with `group_unknown`, `bad_params`. */
  setOwner(app: SdkAppId, groupId: GroupId, owner: UserId): Promise<void>;
  /** Rejects with `group_unknown`. */
  destroy(app: SdkAppId, groupId: GroupId): Promise<void>;
  /** Takes a user out of all groups; those that the user owned have no owner then. */
  forget(app: SdkAppId, userId: UserId): Promise<void>;
}
