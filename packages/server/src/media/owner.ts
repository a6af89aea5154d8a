import type { Call } from 'ringback-engine';
import type { NodeId } from 'ringback-protocol';
import type { Nodes } from '../ports/nodes.ts';

/** ms that a node must have been there before a call begins: all others know of it by then. */
const settled = 5000;

/**
 * Which of the living nodes looks after the media of a call: the same at all of them, without a word between them. Among
 * the nodes that were there when the call began, the one with the highest hash of both names: a node that comes later takes
 * nothing over, and of one that goes each of the others gets its share. Where none of them is left, the oldest.
 */
export function ownerOf(
  { callId, startedAt }: Pick<Call, 'callId' | 'startedAt'>,
  nodes: Pick<Nodes, 'since'>,
  candidates: readonly NodeId[],
): NodeId | undefined {
  let best: NodeId | undefined;
  let highest = -1;
  let oldest: NodeId | undefined;
  for (const node of candidates) {
    const since = nodes.since(node);
    // A version that knows nothing of this looks after its own calls alone.
    if (since === 0) continue;
    if (oldest === undefined || since < nodes.since(oldest)) oldest = node;
    if (since > startedAt - settled) continue;
    const hash = hashOf(`${node} ${callId}`);
    if (hash <= highest) continue;
    highest = hash;
    best = node;
  }
  return best ?? oldest;
}

/** FNV-1a, its bits mixed once more so that names that differ little end far apart; 0 to 2³² - 1. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) {
    hash ^= text.charCodeAt(n);
    hash = Math.imul(hash, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
