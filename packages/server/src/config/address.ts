import type { Settings } from './settings.ts';

/** Where to listen. */
export interface Address {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/**
 * Reads `host:port`, `:port`, `port`, `[v6]:port`; undefined for `off`; throws with a sentence otherwise. `anyHost` is
 * meant where no host is given.
 */
export function parseAddress(text: string, anyHost = '0.0.0.0'): Address | undefined {
  if (text === 'off') return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]:|([^:[\]\s]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error(`"${text}" is not an address: write host:port, a port, or off`);
  const host = match[1] ?? match[2];
  return { host: host === undefined || host === '' ? anyHost : host, port };
}

/**
 * Where a server of these settings listens; undefined where it does not. A port alone is open to all for customers, and
 * on loopback where only the operator is meant: metrics, and everything in development.
 */
export function listenAddress(settings: Settings, door: 'http' | 'https' | 'ops'): Address | undefined {
  return parseAddress(settings[door], settings.dev || door === 'ops' ? '127.0.0.1' : '0.0.0.0');
}

/** True for addresses that only this computer can reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

/** An address as it stands in a URL. */
export const hostPort = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
