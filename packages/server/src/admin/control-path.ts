import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Bytes that the path of a Unix socket may have: 108 with its closing zero on Linux, 104 elsewhere. */
const longest = 103;

/**
 * Where the control socket of a data directory is: inside it, or, when its path is too long for a socket, in a folder
 * of the same user among the temporary files. Throws when that folder is not safely the user's own.
 */
export function controlPath(data: string): string {
  const inside = join(resolve(data), 'control.sock');
  if (Buffer.byteLength(inside) <= longest) return inside;
  // Two roads to the same directory must lead to the same socket.
  let real = resolve(data);
  try {
    real = realpathSync(data);
  } catch {
    // It does not exist yet, so there is no socket either.
  }
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `ringback-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid: owner } = lstatSync(folder);
  // Keys travel over the socket: nobody else may put one there.
  if (owner !== uid || (mode & 0o077) !== 0 || (mode & 0o170000) !== 0o040000) {
    throw new Error(`${folder} is not a folder that only you can use. Remove it, or use a shorter data directory.`);
  }
  return join(folder, `${createHash('sha256').update(real).digest('hex').slice(0, 24)}.sock`);
}
