import { lchownSync, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives what root has made to the owner of the folder that it is in, so that the server, which is not root, can use it. Of a folder
 * of root, such as a volume that a group may write to, nobody can tell whose the server is.
 */
export function giveToFolderOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid === 0 || lstatSync(path).uid !== 0) return;
  // Of a link, the link itself: whoever has the folder must not get a file elsewhere in that way.
  lchownSync(path, uid, gid);
}
