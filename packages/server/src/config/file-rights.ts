import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Where Docker puts the secrets of a container, readable for each of its users: the container is the border. */
const containerSecrets = '/run/secrets';

/**
 * Whether a file with a secret can be read or changed by others than the program. The group may read a file that belongs to
 * another user: so Kubernetes hands secrets over, root's own and readable by the group of the program. It may read root's own
 * also where root looks, as whoever asks `ringback doctor` with sudo does: that group is the server's. `path`: of the file.
 */
export function isOpenToOthers(file: Pick<Stats, 'mode' | 'uid' | 'isFile'>, path: string): boolean {
  if (!file.isFile()) return false;
  if (dirname(resolve(path)) === containerSecrets) return (file.mode & 0o022) !== 0;
  const user = process.getuid?.();
  return (file.mode & (file.uid === user && user !== 0 ? 0o077 : 0o027)) !== 0;
}
