import { LRUCache } from 'lru-cache';
import type { GroupMember } from '../ports/groups.ts';

/** Bytes, about, that are kept in memory at most. */
const budget = 32_000_000;

/** What a member takes besides texts of its own. */
const memberBytes = 150;

/**
 * The members of groups that were asked for as a whole, and are likely to be again: to read thousands of rows takes long.
 * Bounded by what they take, because applications may attach kilobytes to each.
 */
export class WholeGroups {
  readonly #groups = new LRUCache<string, readonly GroupMember[]>({
    maxSize: budget,
    sizeCalculation: (members) => members.reduce((sum, member) => sum + bytesOf(member), memberBytes),
  });

  get(key: string): readonly GroupMember[] | undefined {
    return this.#groups.get(key);
  }

  keep(key: string, members: readonly GroupMember[]): void {
    this.#groups.set(key, members);
  }

  drop(key: string): void {
    this.#groups.delete(key);
  }
}

function bytesOf({ nameCard, data }: GroupMember): number {
  let bytes = memberBytes + nameCard.length;
  for (const key in data) bytes += memberBytes + 2 * (key.length + (data[key] as string).length);
  return bytes;
}
