import type { Migration } from './migration.ts';

const clustered = (create: string) => ({ create, clustered: true as const });

/** Profiles beyond name and picture, accounts that were deleted, and groups. */
export const groups: Migration = {
  name: '003-groups',
  statements: [
    // A deleted account keeps its row: signatures that were made before stay void.
    'ALTER TABLE accounts ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0',
    clustered(`CREATE TABLE profile_items (
      app BIGINT NOT NULL, user_id TEXT NOT NULL, tag TEXT NOT NULL, value TEXT NOT NULL,
      PRIMARY KEY (app, user_id, tag))`),
    clustered(`CREATE TABLE chat_groups (
      app BIGINT NOT NULL, group_id TEXT NOT NULL, type TEXT NOT NULL, place BIGINT NOT NULL, name TEXT NOT NULL,
      introduction TEXT NOT NULL, notification TEXT NOT NULL, face_url TEXT NOT NULL, owner TEXT NOT NULL,
      created_at BIGINT NOT NULL, info_seq BIGINT NOT NULL, last_info_at BIGINT NOT NULL, max_members BIGINT NOT NULL,
      member_count BIGINT NOT NULL, next_place BIGINT NOT NULL, apply_join TEXT NOT NULL, invite_join TEXT NOT NULL,
      mute_all INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (app, group_id))`),
    // Pages of the list of groups come from these alone.
    'CREATE UNIQUE INDEX chat_groups_place ON chat_groups (app, place, group_id)',
    'CREATE INDEX chat_groups_type ON chat_groups (app, type, place, group_id)',
    clustered(`CREATE TABLE group_members (
      app BIGINT NOT NULL, group_id TEXT NOT NULL, place BIGINT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL,
      joined_at BIGINT NOT NULL, name_card TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (app, group_id, place))`),
    // Of exactly these columns: SQLite then knows that it finds one row, and does not walk the whole group instead.
    'CREATE UNIQUE INDEX group_members_user ON group_members (app, group_id, user_id)',
    'CREATE INDEX group_members_joined ON group_members (app, user_id, group_id, place)',
    clustered(`CREATE TABLE group_counts (
      app BIGINT NOT NULL, type TEXT NOT NULL, node TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (app, type, node))`),
  ],
};
