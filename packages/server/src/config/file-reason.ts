import { existsSync } from 'node:fs';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'it is a file, not a folder',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
  SQLITE_FULL: 'the disk is full',
  SQLITE_CANTOPEN: 'this user may not write there',
  SQLITE_READONLY: 'this user may not write there',
};

/** Why a file or folder (`path`) cannot be used, in words for an operator; half a sentence. */
export function fileReason(error: unknown, path?: string): string {
  let { code = '' } = (error ?? {}) as { readonly code?: unknown };
  // Some versions of Node say so of a folder that is to be made below a file.
  if (code === 'EEXIST' && path !== undefined && !existsSync(path)) code = 'ENOTDIR';
  return words[String(code)] ?? (error instanceof Error ? error.message : String(error));
}
