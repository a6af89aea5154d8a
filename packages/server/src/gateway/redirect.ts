import type { Exchange } from './exchange.ts';

/** A host as it may stand in a `Host` header, with its port. */
const hostPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?$/;

/** Our own ports; `http` is undefined where there is no plain one, `https` is 443 where somebody else terminates TLS. */
export interface OwnPorts {
  readonly http: number | undefined;
  readonly https: number;
}

/** The address that a caller on a plain port should use instead; undefined when its request names no host. */
export function httpsAddress(
  exchange: Pick<Exchange, 'headers' | 'target'>,
  { http, https }: OwnPorts,
): string | undefined {
  const [all, host, port] = hostPattern.exec(exchange.headers.host ?? '') ?? [];
  if (all === undefined || !exchange.target.startsWith('/')) return undefined;
  // Without a port the caller came to 80. Where that is none of ours, as in a container, the port of HTTPS is another outside, too.
  const mapped = port === undefined && http !== 80;
  return `https://${host}${mapped || https === 443 ? '' : `:${https}`}${exchange.target}`;
}
