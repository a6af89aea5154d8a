import type { Migration } from './migration.ts';

/**
 * The key by which each process seals what it tells the others through Redis; another one after each start. In a table of its own:
 * to change that of the processes would hold up their signs of life while a backup reads it.
 */
export const nodeSecrets: Migration = {
  name: '015-node-secrets',
  statements: [
    { create: 'CREATE TABLE node_secrets (id TEXT NOT NULL PRIMARY KEY, secret TEXT NOT NULL)', clustered: true },
  ],
};
