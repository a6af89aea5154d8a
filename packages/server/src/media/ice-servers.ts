import { createHmac, randomBytes } from 'node:crypto';
import type { CallId, IceServer, UserId } from 'ringback-protocol';

/** The settings that say what devices are told of STUN and TURN. */
export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  /** Shared with the TURN servers; empty: none is handed out. */
  readonly turnSecret: string;
  /** s. */
  readonly turnTtl: number;
}

/** Credentials of the TURN REST kind: a name that begins with its own end, and its HMAC-SHA1 under the shared secret. */
export function turnCredential(
  secret: string,
  expiresAt: number,
  id: string,
): { username: string; credential: string } {
  const username = `${expiresAt}:${id}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

/**
 * Makes the list of ICE servers of each device. Names in TURN's log shall tell nothing of users: the id is opaque, the same
 * for a user in a call.
 */
export function iceServersOf(settings: IceSettings): (callId: CallId, userId: UserId, now: number) => IceServer[] {
  const { stunUrls, turnUrls, turnSecret, turnTtl } = settings;
  const salt = randomBytes(16);
  return (callId, userId, now) => {
    const servers: IceServer[] = [];
    if (stunUrls.length > 0) servers.push({ urls: [...stunUrls] });
    if (turnUrls.length > 0 && turnSecret !== '') {
      const id = createHmac('sha256', salt).update(`${callId} ${userId}`).digest('hex').slice(0, 20);
      const expiresAt = Math.floor(now / 1000) + turnTtl;
      servers.push({ urls: [...turnUrls], ...turnCredential(turnSecret, expiresAt, id) });
    }
    return servers;
  };
}
