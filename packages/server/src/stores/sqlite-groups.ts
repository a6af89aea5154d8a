import type { Database } from 'better-sqlite3';
import { type GroupId, type GroupType, type NodeId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type {
  AddOutcome,
  Group,
  GroupMember,
  GroupPage,
  GroupSettings,
  Groups,
  NewGroup,
  NewMember,
} from '../ports/groups.ts';
import { newGroupId } from './group-ids.ts';
import type { KeptGroup } from './group-rows.ts';
import { JoinsUnderWay } from './joins-under-way.ts';
import { GroupReader } from './sqlite-group-rows.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';
import { WholeGroups } from './whole-groups.ts';

/** Groups that an account is taken out of at once: they share a flush, and others get their turn in between. */
const forgottenAtOnce = 100;

const keyOf = (app: SdkAppId, groupId: GroupId): string => `${app}/${groupId}`;

/** The groups of the embedded store. The changes of one group come one after the other; each starts from the disk. */
export class SqliteGroups implements Groups {
  readonly #writer: SqliteWriter;
  readonly #rows: GroupReader;
  readonly #clock: Clock;
  readonly #node: NodeId;
  readonly #isGone: (app: SdkAppId, userId: UserId) => boolean;
  readonly #turns = new Turns();
  readonly #whole = new WholeGroups();
  /** Counted beside what is on disk: others may put the same users into other groups meanwhile. */
  readonly #joins = new JoinsUnderWay();
  /** The last place that was given in the list of groups. */
  #place = 0;

  constructor(options: {
    readonly writer: SqliteWriter;
    readonly reader: Database;
    readonly clock: Clock;
    readonly node: NodeId;
    /** Whether an account was deleted, or is about to be: groups of the account are sought out only once after that. */
    readonly isGone: (app: SdkAppId, userId: UserId) => boolean;
  }) {
    this.#writer = options.writer;
    this.#rows = new GroupReader(options.reader);
    this.#clock = options.clock;
    this.#node = options.node;
    this.#isGone = options.isGone;
    this.#place = this.#rows.lastPlace();
  }

  create(app: SdkAppId, wanted: NewGroup, maxJoined: number): Promise<Group> {
    const groupId = wanted.groupId ?? this.#freeId(app, wanted.type);
    return this.#turn(app, groupId, async () => {
      const there = this.#rows.get(app, groupId);
      if (there !== undefined) {
        const same = there.owner !== '' && there.owner === wanted.owner;
        throw new Refusal(same ? 'group_exists' : 'group_id_taken');
      }
      const now = this.#clock.now();
      const { members, owner } = wanted;
      const all: readonly NewMember[] =
        owner === '' ? members : [{ userId: owner, role: 'Owner', nameCard: '', data: {} }, ...members];
      const gone = all.find(({ userId }) => this.#isGone(app, userId));
      if (gone !== undefined) {
        throw new Refusal('group_account_unknown', `The account ${gone.userId} does not exist`);
      }
      const crowded = all.find(({ userId }) => this.#countJoined(app, userId) >= maxJoined);
      if (crowded !== undefined) {
        const detail = `The account ${crowded.userId} is in ${maxJoined} groups, the most there can be`;
        throw new Refusal('group_joined_too_many', detail);
      }
      const job = new WriteJob();
      const group: KeptGroup = {
        ...wanted,
        groupId,
        createdAt: now,
        infoSeq: 1,
        lastInfoAt: now,
        memberCount: all.length,
        nextPlace: all.length,
      };
      job.add(
        'groupInsert',
        app,
        groupId,
        group.type,
        this.#nextPlace(now),
        group.name,
        group.introduction,
        group.notification,
        group.faceUrl,
        group.owner,
        now,
        group.infoSeq,
        now,
        group.maxMembers,
        group.memberCount,
        group.nextPlace,
        group.applyJoin,
        group.inviteJoin,
        group.muteAll ? 1 : 0,
        JSON.stringify(group.data),
      );
      this.#addMembers(job, app, groupId, all, 0, now);
      job.add('groupCount', app, group.type, this.#node, 1);
      await this.#joins.during(app, all, this.#writer.written(job));
      return group;
    });
  }

  get(app: SdkAppId, groupId: GroupId): Group | undefined {
    return this.#rows.get(app, groupId);
  }

  list(app: SdkAppId, asked: { readonly type?: GroupType; readonly after: number; readonly limit: number }): GroupPage {
    return this.#rows.list(app, asked);
  }

  find(
    app: SdkAppId,
    asked: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): readonly GroupId[] {
    return this.#rows.find(app, asked);
  }

  members(
    app: SdkAppId,
    groupId: GroupId,
    asked: { readonly offset: number; readonly limit: number; readonly roles?: readonly GroupMember['role'][] },
  ): readonly GroupMember[] {
    const { offset, limit, roles } = asked;
    if (roles !== undefined) return this.#rows.members(app, groupId, asked);
    const key = keyOf(app, groupId);
    const kept = this.#whole.get(key);
    if (kept !== undefined) return offset === 0 && limit >= kept.length ? kept : kept.slice(offset, offset + limit);
    const page = this.#rows.members(app, groupId, asked);
    if (offset === 0 && page.length === this.#rows.get(app, groupId)?.memberCount) this.#whole.keep(key, page);
    return page;
  }

  membersAmong(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): ReadonlyMap<UserId, GroupMember> {
    return this.#rows.membersAmong(app, groupId, userIds);
  }

  joined(app: SdkAppId, userId: UserId): readonly { readonly group: Group; readonly member: GroupMember }[] {
    return this.#rows.joined(app, userId);
  }

  add(
    app: SdkAppId,
    groupId: GroupId,
    members: readonly NewMember[],
    maxJoined: number,
  ): Promise<ReadonlyMap<UserId, AddOutcome>> {
    return this.#turn(app, groupId, async () => {
      const group = this.#known(app, groupId);
      const there = this.#rows.membersAmong(
        app,
        groupId,
        members.map(({ userId }) => userId),
      );
      const outcomes = new Map<UserId, AddOutcome>();
      const added = [];
      for (const member of members) {
        const { userId } = member;
        if (this.#isGone(app, userId)) outcomes.set(userId, 'gone');
        else if (there.has(userId)) outcomes.set(userId, 'member');
        else if (this.#countJoined(app, userId) >= maxJoined) outcomes.set(userId, 'tooMany');
        else if (!outcomes.has(userId)) {
          outcomes.set(userId, 'added');
          added.push(member);
        }
      }
      if (added.length === 0) return outcomes;
      if (group.memberCount + added.length > group.maxMembers) throw new Refusal('group_full');
      const job = new WriteJob();
      this.#addMembers(job, app, groupId, added, group.nextPlace, this.#clock.now());
      this.#update(job, app, {
        ...group,
        memberCount: group.memberCount + added.length,
        nextPlace: group.nextPlace + added.length,
      });
      await this.#joins.during(app, added, this.#writer.written(job));
      return outcomes;
    });
  }

  remove(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): Promise<void> {
    return this.#turn(app, groupId, async () => {
      const group = this.#known(app, groupId);
      if (group.owner !== '' && userIds.includes(group.owner)) throw new Refusal('group_owner_stays');
      await this.#takeOut(app, group, userIds);
    });
  }

  change(app: SdkAppId, groupId: GroupId, change: (group: Group) => Partial<GroupSettings>): Promise<Group> {
    return this.#turn(app, groupId, async () => {
      const group = this.#known(app, groupId);
      const changed = {
        ...group,
        ...change(group),
        infoSeq: group.infoSeq + 1,
        lastInfoAt: this.#clock.now(),
      };
      const job = new WriteJob();
      this.#update(job, app, changed);
      await this.#writer.written(job);
      return changed;
    });
  }

  setOwner(app: SdkAppId, groupId: GroupId, owner: UserId): Promise<void> {
    return this.#turn(app, groupId, async () => {
      const group = this.#known(app, groupId);
      if (group.owner === owner) return;
      if (!this.#rows.membersAmong(app, groupId, [owner]).has(owner)) {
        throw new Refusal('bad_params', 'NewOwner_Account must be a member of the group', 'NewOwner_Account');
      }
      const job = new WriteJob();
      if (group.owner !== '') job.add('groupMemberRole', 'Member', app, groupId, group.owner);
      job.add('groupMemberRole', 'Owner', app, groupId, owner);
      this.#update(job, app, { ...group, owner, infoSeq: group.infoSeq + 1, lastInfoAt: this.#clock.now() });
      await this.#writer.written(job);
    });
  }

  destroy(app: SdkAppId, groupId: GroupId): Promise<void> {
    return this.#turn(app, groupId, async () => {
      const { type } = this.#known(app, groupId);
      const job = new WriteJob();
      job.add('groupDelete', app, groupId);
      job.add('groupMembersClear', app, groupId);
      job.add('groupCount', app, type, this.#node, -1);
      await this.#writer.written(job);
    });
  }

  async forget(app: SdkAppId, userId: UserId): Promise<void> {
    const all = this.#rows.joinedIds(app, userId);
    for (let at = 0; at < all.length; at += forgottenAtOnce) {
      const some = all.slice(at, at + forgottenAtOnce);
      await Promise.all(some.map((groupId) => this.#turn(app, groupId, () => this.#forget(app, groupId, userId))));
    }
  }

  async #forget(app: SdkAppId, groupId: GroupId, userId: UserId): Promise<void> {
    const group = this.#rows.get(app, groupId);
    if (group === undefined) return;
    const owned = group.owner === userId;
    const info = owned && { owner: '' as const, infoSeq: group.infoSeq + 1, lastInfoAt: this.#clock.now() };
    await this.#takeOut(app, { ...group, ...info }, [userId]);
  }

  async #takeOut(app: SdkAppId, group: KeptGroup, userIds: readonly UserId[]): Promise<void> {
    const leaving = this.#rows.membersAmong(app, group.groupId, userIds);
    if (leaving.size === 0) return;
    const job = new WriteJob();
    for (const userId of leaving.keys()) job.add('groupMemberDelete', app, group.groupId, userId);
    this.#update(job, app, { ...group, memberCount: group.memberCount - leaving.size });
    await this.#writer.written(job);
  }

  #turn<T>(app: SdkAppId, groupId: GroupId, work: () => Promise<T>): Promise<T> {
    const key = keyOf(app, groupId);
    return this.#turns.take(key, () => work().finally(() => this.#whole.drop(key)));
  }

  #known(app: SdkAppId, groupId: GroupId): KeptGroup {
    const group = this.#rows.get(app, groupId);
    if (group === undefined) throw new Refusal('group_unknown');
    return group;
  }

  #countJoined(app: SdkAppId, userId: UserId): number {
    return this.#rows.countJoined(app, userId) + this.#joins.of(app, userId);
  }

  #addMembers(
    job: WriteJob,
    app: SdkAppId,
    groupId: GroupId,
    members: readonly NewMember[],
    from: number,
    now: number,
  ): void {
    members.forEach(({ userId, role, nameCard, data }, index) => {
      job.add('groupMemberInsert', app, groupId, from + index, userId, role, now, nameCard, JSON.stringify(data));
    });
  }

  #update(job: WriteJob, app: SdkAppId, group: KeptGroup): void {
    job.add(
      'groupUpdate',
      group.name,
      group.introduction,
      group.notification,
      group.faceUrl,
      group.owner,
      group.infoSeq,
      group.lastInfoAt,
      group.maxMembers,
      group.memberCount,
      group.nextPlace,
      group.applyJoin,
      group.inviteJoin,
      group.muteAll ? 1 : 0,
      JSON.stringify(group.data),
      app,
      group.groupId,
    );
  }

  /** Rises with time, so that a page can be continued by it; a thousand a millisecond at most. */
  #nextPlace(now: number): number {
    this.#place = Math.max(this.#place + 1, now * 1000);
    return this.#place;
  }

  #freeId(app: SdkAppId, type: GroupType): GroupId {
    for (;;) {
      const made = newGroupId(type);
      if (this.#rows.get(app, made) === undefined) return made;
    }
  }
}
