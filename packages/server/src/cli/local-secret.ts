import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileReason } from '../config/file-reason.ts';
import { Failure } from './failure.ts';

/** Where programs keep what belongs to the user of this computer. */
function configFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return env.APPDATA ?? join(homedir(), 'AppData', 'Roaming');
  const given = env.XDG_CONFIG_HOME;
  return given === undefined || given === '' ? join(homedir(), '.config') : given;
}

/** A secret of this user on this computer, made when it is first asked for. It stays the same; nobody else may read it. */
export function localSecret(env: NodeJS.ProcessEnv = process.env): string {
  const path = join(configFolder(env), 'ringback', 'secret');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // It is there already.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const secret = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(secret)) return secret;
  } catch (error) {
    throw new Failure(`${path} cannot be used: ${fileReason(error)}. Give --secret, or set XDG_CONFIG_HOME.`);
  }
  throw new Failure(`${path} does not hold a secret. Delete it to have one made, or give --secret.`);
}
