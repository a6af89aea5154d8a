import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeId, nodeId } from 'ringback-protocol';

const file = 'ringback.node';

/** The name of this node among those that share a database: made once, and kept in its data directory. */
export function nodeName(data: string): NodeId {
  const path = join(data, file);
  try {
    const kept = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f]{16}$/.test(kept)) return nodeId(kept);
  } catch {
    // The first start makes it.
  }
  const made = randomBytes(8).toString('hex');
  writeFileSync(path, `${made}\n`, { mode: 0o600 });
  return nodeId(made);
}
