import { randomInt } from 'node:crypto';
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
import { freeGroupId } from './group-ids.ts';
import type { KeptGroup } from './group-rows.ts';
import { PostgresGroupRows } from './postgres-group-rows.ts';
import { retried } from './retried.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

/** Groups that an account is taken out of at once. */
const forgottenAtOnce = 10;

/**
 * The groups in PostgreSQL. A change locks the row of its group, so that nodes take turns; and whoever puts users into
 * a group locks their accounts, so that nobody gets into more groups than allowed, or into one while the account ends.
 */
export class PostgresGroups implements Groups {
  readonly #db: SqlDatabase;
  readonly #clock: Clock;
  readonly #node: NodeId;
  readonly #rows: PostgresGroupRows;
  /** Those of this node need no lock to wait for one another, which would hold a connection. */
  readonly #turns = new Turns();
  /** The last place that was given in the list of groups. */
  #place = 0;

  constructor(options: { readonly db: SqlDatabase; readonly clock: Clock; readonly node: NodeId }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#node = options.node;
    this.#rows = new PostgresGroupRows(options.db);
  }

  async create(app: SdkAppId, wanted: NewGroup, maxJoined: number): Promise<Group> {
    const groupId =
      wanted.groupId ?? (await freeGroupId(wanted.type, async (id) => (await this.#rows.get(app, id)) === undefined));
    const { members, owner } = wanted;
    const all: readonly NewMember[] =
      owner === '' ? members : [{ userId: owner, role: 'Owner', nameCard: '', data: {} }, ...members];
    return this.#transaction(app, groupId, async (session, rows) => {
      const there = await rows.get(app, groupId);
      if (there !== undefined) throw new Refusal(isSame(there, owner) ? 'group_exists' : 'group_id_taken');
      const users = all.map(({ userId }) => userId);
      const gone = await lockAccounts(session, app, users);
      const first = users.find((userId) => gone.has(userId));
      if (first !== undefined) throw new Refusal('group_account_unknown', `The account ${first} does not exist`);
      const joined = await rows.countJoined(app, users);
      const crowded = users.find((userId) => (joined.get(userId) ?? 0) >= maxJoined);
      if (crowded !== undefined) {
        const detail = `The account ${crowded} is in ${maxJoined} groups, the most there can be`;
        throw new Refusal('group_joined_too_many', detail);
      }
      const now = this.#clock.now();
      const group: KeptGroup = {
        ...wanted,
        groupId,
        createdAt: now,
        infoSeq: 1,
        lastInfoAt: now,
        memberCount: all.length,
        nextPlace: all.length,
      };
      // That it is there already is a race with another node: the next attempt sees it.
      await rows.insert(app, group, this.#nextPlace(now));
      await rows.addMembers(app, groupId, all, 0, now);
      await rows.count(app, group.type, this.#node, 1);
      return group;
    });
  }

  get(app: SdkAppId, groupId: GroupId): Promise<Group | undefined> {
    return this.#rows.get(app, groupId);
  }

  list(
    app: SdkAppId,
    asked: { readonly type?: GroupType; readonly after: number; readonly limit: number },
  ): Promise<GroupPage> {
    return this.#rows.list(app, asked);
  }

  find(
    app: SdkAppId,
    asked: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly GroupId[]> {
    return this.#rows.find(app, asked);
  }

  members(
    app: SdkAppId,
    groupId: GroupId,
    asked: { readonly offset: number; readonly limit: number; readonly roles?: readonly GroupMember['role'][] },
  ): Promise<readonly GroupMember[]> {
    return this.#rows.members(app, groupId, asked);
  }

  membersAmong(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, GroupMember>> {
    return this.#rows.membersAmong(app, groupId, userIds);
  }

  joined(app: SdkAppId, userId: UserId): Promise<readonly { readonly group: Group; readonly member: GroupMember }[]> {
    return this.#rows.joined(app, userId);
  }

  add(
    app: SdkAppId,
    groupId: GroupId,
    members: readonly NewMember[],
    maxJoined: number,
  ): Promise<ReadonlyMap<UserId, AddOutcome>> {
    return this.#change(app, groupId, async (group, session, rows) => {
      const users = members.map(({ userId }) => userId);
      const gone = await lockAccounts(session, app, users);
      const there = await rows.membersAmong(app, groupId, users);
      const joined = await rows.countJoined(app, users);
      const outcomes = new Map<UserId, AddOutcome>();
      const added = [];
      for (const member of members) {
        const { userId } = member;
        if (gone.has(userId)) outcomes.set(userId, 'gone');
        else if (there.has(userId)) outcomes.set(userId, 'member');
        else if ((joined.get(userId) ?? 0) >= maxJoined) outcomes.set(userId, 'tooMany');
        else if (!outcomes.has(userId)) {
          outcomes.set(userId, 'added');
          added.push(member);
        }
      }
      if (added.length === 0) return outcomes;
      const memberCount = group.memberCount + added.length;
      if (memberCount > group.maxMembers) throw new Refusal('group_full');
      await rows.addMembers(app, groupId, added, group.nextPlace, this.#clock.now());
      await rows.update(app, { ...group, memberCount, nextPlace: group.nextPlace + added.length });
      return outcomes;
    });
  }

  async remove(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): Promise<void> {
    await this.#change(app, groupId, async (group, _, rows) => {
      if (group.owner !== '' && userIds.includes(group.owner)) throw new Refusal('group_owner_stays');
      await takeOut(rows, app, group, userIds);
    });
  }

  change(app: SdkAppId, groupId: GroupId, change: (group: Group) => Partial<GroupSettings>): Promise<Group> {
    return this.#change(app, groupId, async (group, _, rows) => {
      const changed = { ...group, ...change(group), infoSeq: group.infoSeq + 1, lastInfoAt: this.#clock.now() };
      await rows.update(app, changed);
      return changed;
    });
  }

  async setOwner(app: SdkAppId, groupId: GroupId, owner: UserId): Promise<void> {
    await this.#change(app, groupId, async (group, _, rows) => {
      if (group.owner === owner) return;
      if (!(await rows.membersAmong(app, groupId, [owner])).has(owner)) {
        throw new Refusal('bad_params', 'NewOwner_Account must be a member of the group', 'NewOwner_Account');
      }
      if (group.owner !== '') await rows.setRole(app, groupId, group.owner, 'Member');
      await rows.setRole(app, groupId, owner, 'Owner');
      await rows.update(app, { ...group, owner, infoSeq: group.infoSeq + 1, lastInfoAt: this.#clock.now() });
    });
  }

  async destroy(app: SdkAppId, groupId: GroupId): Promise<void> {
    await this.#change(app, groupId, async ({ type }, _, rows) => {
      await rows.delete(app, groupId);
      await rows.count(app, type, this.#node, -1);
    });
  }

  async forget(app: SdkAppId, userId: UserId): Promise<void> {
    const all = await this.#rows.joinedIds(app, userId);
    for (let at = 0; at < all.length; at += forgottenAtOnce) {
      const some = all.slice(at, at + forgottenAtOnce);
      await Promise.all(some.map((groupId) => this.#forget(app, groupId, userId)));
    }
  }

  #forget(app: SdkAppId, groupId: GroupId, userId: UserId): Promise<void> {
    return this.#transaction(app, groupId, async (_, rows) => {
      const group = await rows.get(app, groupId, true);
      if (group === undefined) return;
      const owned = group.owner === userId;
      const info = owned && { owner: '' as const, infoSeq: group.infoSeq + 1, lastInfoAt: this.#clock.now() };
      await takeOut(rows, app, { ...group, ...info }, [userId]);
    });
  }

  #change<T>(
    app: SdkAppId,
    groupId: GroupId,
    work: (group: KeptGroup, session: SqlSession, rows: PostgresGroupRows) => Promise<T>,
  ): Promise<T> {
    return this.#transaction(app, groupId, async (session, rows) => {
      const group = await rows.get(app, groupId, true);
      if (group === undefined) throw new Refusal('group_unknown');
      return work(group, session, rows);
    });
  }

  #transaction<T>(
    app: SdkAppId,
    groupId: GroupId,
    work: (session: SqlSession, rows: PostgresGroupRows) => Promise<T>,
  ): Promise<T> {
    return this.#turns.take(`${app}/${groupId}`, () =>
      retried(() => this.#db.transaction((session) => work(session, new PostgresGroupRows(session)))),
    );
  }

  /** Rises with time, so that a page can be continued by it; nodes that make one in the same millisecond differ. */
  #nextPlace(now: number): number {
    this.#place = Math.max(this.#place + 1, now * 1000 + randomInt(1000));
    return this.#place;
  }
}

const isSame = (there: Group, owner: UserId | ''): boolean => there.owner !== '' && there.owner === owner;

/** Locks accounts, in an order that all share; says which of them were deleted. */
async function lockAccounts(
  session: SqlSession,
  app: SdkAppId,
  userIds: readonly UserId[],
): Promise<ReadonlySet<UserId>> {
  const { rows } = await session.query<{ user_id: UserId; deleted_at: number }>(
    'SELECT user_id, deleted_at FROM accounts WHERE app = $1 AND user_id = ANY ($2::text[]) ORDER BY user_id FOR UPDATE',
    [app, userIds],
  );
  return new Set(rows.filter(({ deleted_at }) => deleted_at > 0).map(({ user_id }) => user_id));
}

async function takeOut(
  rows: PostgresGroupRows,
  app: SdkAppId,
  group: KeptGroup,
  userIds: readonly UserId[],
): Promise<void> {
  const removed = await rows.removeMembers(app, group.groupId, userIds);
  if (removed > 0) await rows.update(app, { ...group, memberCount: group.memberCount - removed });
}
