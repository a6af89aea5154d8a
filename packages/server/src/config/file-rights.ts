import type { Stats } from 'node:fs';

/**
 * Whether a file with a secret can be read or changed by others than the program. The group may read a file that belongs to
 * another user: so Kubernetes hands secrets over, root's own and readable by the group of the program.
 */
export function isOpenToOthers(file: Pick<Stats, 'mode' | 'uid' | 'isFile'>): boolean {
  return file.isFile() && (file.mode & (file.uid === process.getuid?.() ? 0o077 : 0o027)) !== 0;
}
