import type { Database, Statement } from 'better-sqlite3';
import {
  type GroupId,
  type GroupRole,
  type GroupType,
  groupRoles,
  type SdkAppId,
  type UserId,
} from 'ringback-protocol';
import type { Group, GroupMember, GroupPage } from '../ports/groups.ts';
import {
  type GroupRow,
  groupColumns,
  groupOf,
  type JoinedRow,
  type KeptGroup,
  type MemberColumns,
  memberColumns,
  memberOf,
} from './group-rows.ts';

/** Reads groups from the embedded database, each page through an index that begins with what it is asked by. */
export class GroupReader {
  readonly #group: Statement;
  readonly #count: Statement;
  readonly #apps: Statement;
  readonly #lastPlace: Statement;
  readonly #list: Statement;
  readonly #listOfType: Statement;
  readonly #find: Statement;
  readonly #members: Statement;
  readonly #membersOfRole: Statement;
  readonly #member: Statement;
  readonly #joined: Statement;
  readonly #joinedIds: Statement;
  readonly #countJoined: Statement;

  constructor(reader: Database) {
    this.#group = reader.prepare(`SELECT ${groupColumns.join(', ')} FROM chat_groups WHERE app = ? AND group_id = ?`);
    this.#count = reader.prepare('SELECT type, n FROM group_counts WHERE app = ?');
    this.#apps = reader.prepare('SELECT DISTINCT app FROM group_counts').pluck();
    this.#lastPlace = reader.prepare('SELECT max(place) FROM chat_groups WHERE app = ?').pluck();
    this.#list = reader
      .prepare('SELECT group_id, place FROM chat_groups WHERE app = ? AND place > ? ORDER BY place LIMIT ?')
      .raw();
    this.#listOfType = reader
      .prepare(
        'SELECT group_id, place FROM chat_groups WHERE app = ? AND type = ? AND place > ? ORDER BY place LIMIT ?',
      )
      .raw();
    this.#find = reader
      .prepare(
        // Ids are printable ASCII: whatever begins with the prefix comes before the prefix and a byte that none has.
        `SELECT group_id FROM chat_groups
          WHERE app = ? AND group_id >= ? AND group_id > ? AND group_id < ? ORDER BY group_id LIMIT ?`,
      )
      .pluck();
    const members = `SELECT ${memberColumns} FROM group_members WHERE app = ? AND group_id = ?`;
    this.#members = reader.prepare(`${members} ORDER BY place LIMIT ? OFFSET ?`).raw();
    this.#membersOfRole = reader.prepare(`${members} AND role IN (?, ?, ?) ORDER BY place LIMIT ? OFFSET ?`).raw();
    this.#member = reader.prepare(`${members} AND user_id = ?`).raw();
    // Left to itself, SQLite walks through all members of all groups, which stand in the order of the ids already.
    this.#joined = reader.prepare(
      `SELECT ${groupColumns.map((name) => `g.${name}`).join(', ')}, m.role, m.joined_at, m.name_card,
              m.data AS member_data
         FROM group_members m INDEXED BY group_members_joined JOIN chat_groups g ON g.app = m.app AND g.group_id = m.group_id
        WHERE m.app = ? AND m.user_id = ? ORDER BY m.group_id`,
    );
    const joined = 'FROM group_members WHERE app = ? AND user_id = ?';
    this.#joinedIds = reader.prepare(`SELECT group_id ${joined} ORDER BY group_id`).pluck();
    this.#countJoined = reader.prepare(`SELECT count(*) ${joined}`).pluck();
  }

  /** The highest place that any group has in the list of its application. */
  lastPlace(): number {
    const apps = this.#apps.all() as SdkAppId[];
    return Math.max(0, ...apps.map((app) => (this.#lastPlace.get(app) as number | null) ?? 0));
  }

  get(app: SdkAppId, groupId: GroupId): KeptGroup | undefined {
    const row = this.#group.get(app, groupId) as GroupRow | undefined;
    return row === undefined ? undefined : groupOf(row);
  }

  list(
    app: SdkAppId,
    { type, after, limit }: { readonly type?: GroupType; readonly after: number; readonly limit: number },
  ): GroupPage {
    const counts = this.#count.all(app) as { type: GroupType; n: number }[];
    let total = 0;
    for (const one of counts) if (type === undefined || one.type === type) total += one.n;
    const rows = (
      type === undefined ? this.#list.all(app, after, limit + 1) : this.#listOfType.all(app, type, after, limit + 1)
    ) as [GroupId, number][];
    const more = rows.length > limit;
    if (more) rows.pop();
    return { total, groupIds: rows.map(([groupId]) => groupId), next: more ? (rows.at(-1)?.[1] ?? 0) : 0 };
  }

  find(
    app: SdkAppId,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): readonly GroupId[] {
    return this.#find.all(app, prefix, after, `${prefix}\u007f`, limit) as GroupId[];
  }

  members(
    app: SdkAppId,
    groupId: GroupId,
    asked: { readonly offset: number; readonly limit: number; readonly roles?: readonly GroupRole[] },
  ): readonly GroupMember[] {
    const { offset, limit } = asked;
    const roles = [...new Set(asked.roles ?? groupRoles)];
    if (roles.length === 0) return [];
    const [first, second = first, third = first] = roles;
    const rows =
      roles.length === groupRoles.length
        ? this.#members.all(app, groupId, limit, offset)
        : this.#membersOfRole.all(app, groupId, first, second, third, limit, offset);
    return (rows as MemberColumns[]).map(memberOf);
  }

  membersAmong(app: SdkAppId, groupId: GroupId, userIds: readonly UserId[]): ReadonlyMap<UserId, GroupMember> {
    const found = new Map<UserId, GroupMember>();
    for (const userId of userIds) {
      const row = this.#member.get(app, groupId, userId) as MemberColumns | undefined;
      if (row !== undefined) found.set(userId, memberOf(row));
    }
    return found;
  }

  joined(app: SdkAppId, userId: UserId): readonly { readonly group: Group; readonly member: GroupMember }[] {
    const rows = this.#joined.all(app, userId) as JoinedRow[];
    return rows.map((row) => ({
      group: groupOf(row),
      member: memberOf([userId, row.role, row.joined_at, row.name_card, row.member_data]),
    }));
  }

  joinedIds(app: SdkAppId, userId: UserId): readonly GroupId[] {
    return this.#joinedIds.all(app, userId) as GroupId[];
  }

  countJoined(app: SdkAppId, userId: UserId): number {
    return this.#countJoined.get(app, userId) as number;
  }
}
