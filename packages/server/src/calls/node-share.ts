import type { CallId } from 'ringback-protocol';
import type { Nodes } from '../ports/nodes.ts';

/**
 * Whether a call is this process's to look after, of those that all processes see: each has about the same share. They
 * may disagree for a second after one has come or gone, so whoever sees that nothing happens must do it all the same.
 */
export function isOurs(nodes: Pick<Nodes, 'self' | 'living'>, callId: CallId): boolean {
  const all = nodes.living();
  // The end of a random id is random.
  const place = Number.parseInt(callId.slice(-8), 16);
  return all[(Number.isNaN(place) ? 0 : place) % all.length] === nodes.self;
}
