import { userId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import type { GroupMember } from '../../src/ports/groups.ts';
import { WholeGroups } from '../../src/stores/whole-groups.ts';

const members = (count: number, data: Readonly<Record<string, string>>): readonly GroupMember[] =>
  Array.from({ length: count }, (_, i) => ({
    userId: userId(`u${i}`),
    role: 'Member',
    joinedAt: 0,
    nameCard: '',
    data,
  }));

/** How many of a thousand groups are kept. */
function keptOf(page: readonly GroupMember[]): number {
  const groups = new WholeGroups();
  const keys = Array.from({ length: 1000 }, (_, i) => `g${i}`);
  for (const key of keys) groups.keep(key, page);
  return keys.filter((key) => groups.get(key) !== undefined).length;
}

test('a group of 6,000 members is kept, and so are hundreds of middling ones', () => {
  expect(keptOf(members(6000, {}))).toBeGreaterThan(20);
  expect(keptOf(members(200, {}))).toBe(1000);
});

test('groups whose members have much attached are kept as far as memory goes', () => {
  // 16 values of 512 bytes: 8 KiB for each member.
  const data = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`key${i}`, 'x'.repeat(512)]));
  const kept = keptOf(members(20, data));
  expect(kept * 20 * 8192).toBeLessThan(64_000_000);
  expect(kept).toBeGreaterThan(50);
});
