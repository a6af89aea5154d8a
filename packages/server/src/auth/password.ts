import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** 32 MiB of memory and about 60 ms for each guess. */
const cost = { N: 2 ** 15, r: 8, p: 1 };
const keyBytes = 32;

/** How long a password must be, and may be, in characters. */
export const passwordLength = { least: 10, most: 256 } as const;

const derive = (password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const maxmem = 256 * (options.N ?? 0) * (options.r ?? 0);
    scrypt(password.normalize('NFKC'), salt, keyBytes, { ...options, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });

/** How passwords are kept. */
export interface Passwords {
  /** A password as it is kept. */
  hash(password: string): Promise<string>;
  /** Whether a password is the one that was kept. An empty `kept` is nobody's, and takes as long to be told. */
  check(password: string, kept: string): Promise<boolean>;
}

/** `scrypt$N$r$p$salt$key`, so that the cost can rise later. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

const nobody = hashPassword(randomBytes(16).toString('hex'));

async function checkPassword(password: string, kept: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = (kept === '' ? await nobody : kept).split('$');
  const expected = Buffer.from(key, 'base64');
  const given = await derive(password, Buffer.from(salt, 'base64'), { N: Number(N), r: Number(r), p: Number(p) });
  return timingSafeEqual(given, expected) && kept !== '';
}

export const scryptPasswords: Passwords = { hash: hashPassword, check: checkPassword };
