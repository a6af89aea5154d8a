import type { Migration } from './migration.ts';

/** Who may use the console, with what, and what they did. Of the installation, not of an application. */
export const console: Migration = {
  name: '006-console',
  statements: [
    'CREATE TABLE operators (name TEXT NOT NULL PRIMARY KEY, config TEXT NOT NULL)',
    'CREATE TABLE console_sessions (hash TEXT NOT NULL PRIMARY KEY, config TEXT NOT NULL)',
    'CREATE TABLE console_links (hash TEXT NOT NULL PRIMARY KEY, config TEXT NOT NULL)',
    'CREATE TABLE api_tokens (id TEXT NOT NULL PRIMARY KEY, config TEXT NOT NULL)',
    `CREATE TABLE audit_log (
      place BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, who TEXT NOT NULL, ip TEXT NOT NULL,
      operation TEXT NOT NULL, app BIGINT NOT NULL, input TEXT NOT NULL, outcome TEXT NOT NULL)`,
    'CREATE INDEX audit_log_who ON audit_log (who, place)',
    'CREATE INDEX audit_log_app ON audit_log (app, place)',
  ],
};
