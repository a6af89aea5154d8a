import type { Exchange } from './exchange.ts';

/** A host as it may stand in a `Host` header, with its port. */
const hostPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?$/;

/**
 * The address that a caller on a plain port should use instead; undefined when its request names no host.
 * `port`: of HTTPS; 443 when somebody else terminates TLS.
 */
export function httpsAddress(exchange: Exchange, port: number): string | undefined {
  const match = hostPattern.exec(exchange.headers.host ?? '');
  if (match === null || !exchange.target.startsWith('/')) return undefined;
  return `https://${match[1]}${port === 443 ? '' : `:${port}`}${exchange.target}`;
}
