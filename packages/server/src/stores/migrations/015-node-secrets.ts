import type { Migration } from './migration.ts';

/** The key by which each process seals what it tells the others through Redis; another one after each start. Empty: it seals nothing. */
export const nodeSecrets: Migration = {
  name: '015-node-secrets',
  statements: ["ALTER TABLE nodes ADD COLUMN secret TEXT NOT NULL DEFAULT ''"],
};
