/** s; the server forgets a session sooner when nobody uses it. */
const lifetime = 7 * 24 * 3600;

/** With this prefix browsers take the cookie from this very host and over HTTPS only. */
const nameOf = (https: boolean): string => (https ? '__Host-ringback' : 'ringback');

const attributes = (https: boolean): string => `Path=/; HttpOnly; SameSite=Strict${https ? '; Secure' : ''}`;

/** The header that hands a browser the secret of its session. */
export const sessionCookie = (secret: string, https: boolean): string =>
  `${nameOf(https)}=${secret}; ${attributes(https)}; Max-Age=${lifetime}`;

/** The header that takes it away. */
export const clearCookie = (https: boolean): string => `${nameOf(https)}=; ${attributes(https)}; Max-Age=0`;

/** The secret that a browser sends. */
export function sessionSecret(header: string | undefined, https: boolean): string | undefined {
  const name = nameOf(https);
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
