import type { Migration } from './migration.ts';

/** Since when each process takes part: who looks after the media of a call follows from it. 0: it knows of no such thing. */
export const mediaNodes: Migration = {
  name: '013-media-nodes',
  statements: ['ALTER TABLE nodes ADD COLUMN joined_at BIGINT NOT NULL DEFAULT 0'],
};
