import {
  type GroupId,
  type GroupRole,
  type GroupType,
  groupRoles,
  type NodeId,
  type SdkAppId,
  type UserId,
} from 'ringback-protocol';
import type { Group, GroupMember, GroupPage, NewMember } from '../ports/groups.ts';
import { type GroupRow, groupColumns, groupOf, type JoinedRow, type KeptGroup, memberOf } from './group-rows.ts';
import type { SqlSession } from './sql-database.ts';

interface MemberRow {
  readonly user_id: UserId;
  readonly role: GroupRole;
  readonly joined_at: number;
  readonly name_card: string;
  readonly data: string;
}

const memberColumns = 'user_id, role, joined_at, name_card, data';
const toMember = (row: MemberRow): GroupMember =>
  memberOf([row.user_id, row.role, row.joined_at, row.name_card, row.data]);

/** The rows of groups in PostgreSQL, in a session: of its own, or a transaction. */
export class PostgresGroupRows {
  readonly #db: SqlSession;

  constructor(db: SqlSession) {
    this.#db = db;
  }

  /** `locked`: others wait until the end of the transaction. */
  async get(app: SdkAppId, groupId: GroupId, locked = false): Promise<KeptGroup | undefined> {
    const { rows } = await this.#db.query<GroupRow>(
      `SELECT ${groupColumns.join(', ')} FROM chat_groups WHERE app = $1 AND group_id = $2${locked ? ' FOR UPDATE' : ''}`,
      [app, groupId],
    );
    return rows[0] && groupOf(rows[0]);
  }

  async list(
    app: SdkAppId,
    { type, after, limit }: { readonly type?: GroupType; readonly after: number; readonly limit: number },
  ): Promise<GroupPage> {
    const counts = await this.#db.query<{ type: GroupType; n: number }>(
      'SELECT type, n FROM group_counts WHERE app = $1',
      [app],
    );
    let total = 0;
    for (const one of counts.rows) if (type === undefined || one.type === type) total += one.n;
    const found = await this.#db.query<{ group_id: GroupId; place: number }>(
      type === undefined
        ? 'SELECT group_id, place FROM chat_groups WHERE app = $1 AND place > $2 ORDER BY place, group_id LIMIT $3'
        : 'SELECT group_id, place FROM chat_groups WHERE app = $1 AND place > $2 AND type = $4 ORDER BY place, group_id LIMIT $3',
      [app, after, limit + 1, ...(type === undefined ? [] : [type])],
    );
    const beyond = found.rows[limit];
    if (beyond === undefined) return { total, groupIds: found.rows.map(({ group_id }) => group_id), next: 0 };
    const { place } = beyond;
    const page = found.rows.slice(0, limit);
    if (page.at(-1)?.place === place) {
      // Nodes that make groups at the same moment may give them the same place, and the next page begins behind one.
      const before = page.filter((one) => one.place < place);
      if (before.length === 0) return { total, groupIds: await this.#atPlace(app, place, type), next: place };
      page.length = before.length;
    }
    return { total, groupIds: page.map(({ group_id }) => group_id), next: page.at(-1)?.place ?? 0 };
  }

  /** More than a page takes: only together they are not divided. */
  async #atPlace(app: SdkAppId, place: number, type: GroupType | undefined): Promise<readonly GroupId[]> {
    const { rows } = await this.#db.query<{ group_id: GroupId }>(
      `SELECT group_id FROM chat_groups WHERE app = $1 AND place = $2 AND ($3::text IS NULL OR type = $3::text)
       ORDER BY group_id`,
      [app, place, type ?? null],
    );
    return rows.map(({ group_id }) => group_id);
  }

  async find(
    app: SdkAppId,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly GroupId[]> {
    const { rows } = await this.#db.query<{ group_id: GroupId }>(
      // Ids are printable ASCII: whatever begins with the prefix comes before the prefix and a byte that none has.
      `SELECT group_id FROM chat_groups
       WHERE app = $1 AND group_id >= $2 AND group_id > $3 AND group_id < $4 ORDER BY group_id LIMIT $5`,
      [app, prefix, after, `${prefix}\u007f`, limit],
    );
    return rows.map(({ group_id }) => group_id);
  }

  async members(
    app: SdkAppId,
    groupId: GroupId,
    asked: { readonly offset: number; readonly limit: number; readonly roles?: readonly GroupRole[] },
  ): Promise<readonly GroupMember[]> {
    const { offset, limit, roles = groupRoles } = asked;
    const all = new Set(roles).size === groupRoles.length;
    const { rows } = await this.#db.query<MemberRow>(
      `SELECT ${memberColumns} FROM group_members WHERE app = $1 AND group_id = $2
       ${all ? '' : 'AND role = ANY ($5::text[])'} ORDER BY place LIMIT $3 OFFSET $4`,
      [app, groupId, limit, offset, ...(all ? [] : [roles])],
    );
    return rows.map(toMember);
  }

  async membersAmong(
    app: SdkAppId,
    groupId: GroupId,
    userIds: readonly UserId[],
  ): Promise<ReadonlyMap<UserId, GroupMember>> {
    const { rows } = await this.#db.query<MemberRow>(
      `SELECT ${memberColumns} FROM group_members WHERE app = $1 AND group_id = $2 AND user_id = ANY ($3::text[])`,
      [app, groupId, userIds],
    );
    const found = new Map(rows.map((row) => [row.user_id, toMember(row)]));
    // In the order in which they were asked for.
    const members = new Map<UserId, GroupMember>();
    for (const userId of userIds) {
      const member = found.get(userId);
      if (member !== undefined) members.set(userId, member);
    }
    return members;
  }

  async joined(
    app: SdkAppId,
    userId: UserId,
  ): Promise<readonly { readonly group: Group; readonly member: GroupMember }[]> {
    const { rows } = await this.#db.query<JoinedRow>(
      `SELECT ${groupColumns.map((name) => `g.${name}`).join(', ')}, m.role, m.joined_at, m.name_card,
              m.data AS member_data
         FROM group_members m JOIN chat_groups g ON g.app = m.app AND g.group_id = m.group_id
        WHERE m.app = $1 AND m.user_id = $2 ORDER BY m.group_id`,
      [app, userId],
    );
    return rows.map((row) => ({
      group: groupOf(row),
      member: memberOf([userId, row.role, row.joined_at, row.name_card, row.member_data]),
    }));
  }

  async joinedIds(app: SdkAppId, userId: UserId): Promise<readonly GroupId[]> {
    const { rows } = await this.#db.query<{ group_id: GroupId }>(
      'SELECT group_id FROM group_members WHERE app = $1 AND user_id = $2 ORDER BY group_id',
      [app, userId],
    );
    return rows.map(({ group_id }) => group_id);
  }

  /** In how many groups each of them is; absent: in none. */
  async countJoined(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, number>> {
    const { rows } = await this.#db.query<{ user_id: UserId; n: number }>(
      'SELECT user_id, count(*) AS n FROM group_members WHERE app = $1 AND user_id = ANY ($2::text[]) GROUP BY user_id',
      [app, userIds],
    );
    return new Map(rows.map(({ user_id, n }) => [user_id, n]));
  }

  /** `place`: the least that it may have; after all others in any case. */
  async insert(app: SdkAppId, group: KeptGroup, place: number): Promise<void> {
    const columns = ['type', ...settings(group).map(([name]) => name), 'created_at'];
    await this.#db.query(
      `INSERT INTO chat_groups (app, group_id, place, ${columns.join(', ')})
       VALUES ($1, $2, greatest($3::bigint, coalesce((SELECT max(place) FROM chat_groups WHERE app = $1), 0) + 1),
         ${columns.map((_, n) => `$${n + 4}`).join(', ')})`,
      [app, group.groupId, place, group.type, ...settings(group).map(([, value]) => value), group.createdAt],
    );
  }

  async update(app: SdkAppId, group: KeptGroup): Promise<void> {
    const set = settings(group).map(([name], n) => `${name} = $${n + 3}`);
    await this.#db.query(`UPDATE chat_groups SET ${set.join(', ')} WHERE app = $1 AND group_id = $2`, [
      app,
      group.groupId,
      ...settings(group).map(([, value]) => value),
    ]);
  }

  /** With its members. */
  async delete(app: SdkAppId, groupId: GroupId): Promise<void> {
    await this.#db.query('DELETE FROM group_members WHERE app = $1 AND group_id = $2', [app, groupId]);
    await this.#db.query('DELETE FROM chat_groups WHERE app = $1 AND group_id = $2', [app, groupId]);
  }

  async addMembers(
    app: SdkAppId,
    groupId: GroupId,
    members: readonly NewMember[],
    from: number,
    now: number,
  ): Promise<void> {
    if (members.length === 0) return;
    await this.#db.query(
      `INSERT INTO group_members (app, group_id, place, user_id, role, joined_at, name_card, data)
       SELECT $1::bigint, $2::text, place, user_id, role, $3::bigint, name_card, data
       FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[]) AS t(place, user_id, role, name_card, data)`,
      [
        app,
        groupId,
        now,
        members.map((_, n) => from + n),
        members.map(({ userId }) => userId),
        members.map(({ role }) => role),
        members.map(({ nameCard }) => nameCard),
        members.map(({ data }) => JSON.stringify(data)),
      ],
    );
  }

  /** Says how many of them were members. */
  async removeMembers(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): Promise<number> {
    const { count } = await this.#db.query(
      'DELETE FROM group_members WHERE app = $1 AND group_id = $2 AND user_id = ANY ($3::text[])',
      [app, groupId, userIds],
    );
    return count;
  }

  async setRole(app: SdkAppId, groupId: GroupId, userId: UserId, role: GroupRole): Promise<void> {
    await this.#db.query('UPDATE group_members SET role = $4 WHERE app = $1 AND group_id = $2 AND user_id = $3', [
      app,
      groupId,
      userId,
      role,
    ]);
  }

  /** Each node counts in rows of its own. */
  async count(app: SdkAppId, type: GroupType, node: NodeId, change: 1 | -1): Promise<void> {
    await this.#db.query(
      `INSERT INTO group_counts (app, type, node, n) VALUES ($1, $2, $3, $4)
       ON CONFLICT (app, type, node) DO UPDATE SET n = group_counts.n + excluded.n`,
      [app, type, node, change],
    );
  }
}

/** What changes about a group, by column. */
const settings = (group: KeptGroup): readonly (readonly [string, string | number])[] => [
  ['name', group.name],
  ['introduction', group.introduction],
  ['notification', group.notification],
  ['face_url', group.faceUrl],
  ['owner', group.owner],
  ['info_seq', group.infoSeq],
  ['last_info_at', group.lastInfoAt],
  ['max_members', group.maxMembers],
  ['member_count', group.memberCount],
  ['next_place', group.nextPlace],
  ['apply_join', group.applyJoin],
  ['invite_join', group.inviteJoin],
  ['mute_all', group.muteAll ? 1 : 0],
  ['data', JSON.stringify(group.data)],
];
