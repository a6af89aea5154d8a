import type { Stats } from 'node:fs';

/**
 * Whether a file with a secret can be read or changed by others than the program. The group may read a file that belongs to
 * another user: so Kubernetes hands secrets over, root's own and readable by the group of the program. It may read root's own
 * also where root looks, as whoever asks `ringback doctor` with sudo does: that group is the server's.
 */
export function isOpenToOthers(file: Pick<Stats, 'mode' | 'uid' | 'isFile'>): boolean {
  const user = process.getuid?.();
  return file.isFile() && (file.mode & (file.uid === user && user !== 0 ? 0o077 : 0o027)) !== 0;
}
