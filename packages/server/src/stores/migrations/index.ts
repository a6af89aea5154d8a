import { calls } from './001-calls.ts';
import { webhooks } from './002-webhooks.ts';
import { groups } from './003-groups.ts';
import { media } from './004-media.ts';
import { parked } from './005-parked.ts';
import { console } from './006-console.ts';
import { revisions } from './008-revisions.ts';
import { nodes } from './009-nodes.ts';
import { lanes } from './010-lanes.ts';
import { search } from './011-search.ts';
import { push } from './012-push.ts';
import { mediaNodes } from './013-media-nodes.ts';
import { indexes } from './014-indexes.ts';
import { nodeSecrets } from './015-node-secrets.ts';
import type { Migration } from './migration.ts';

/** THE LIST of migrations, oldest first. Never change one that was released. */
export const migrations: readonly Migration[] = [
  calls,
  webhooks,
  groups,
  media,
  parked,
  console,
  revisions,
  nodes,
  lanes,
  search,
  push,
  mediaNodes,
  indexes,
  nodeSecrets,
];
