import { signallingPath } from 'ringback-protocol';
import { localError, type RingbackError } from '../base/ringback-error.ts';

/** The address of the signalling socket: that of `server` (http, https, ws or wss), or of the page's own origin. */
export function socketUrl(server: string): string {
  const from = server === '' ? pageOrigin() : server;
  let url: URL;
  try {
    url = new URL(from, typeof location === 'undefined' ? undefined : location.href);
  } catch {
    throw unusable(server);
  }
  url.protocol = url.protocol.replace('http', 'ws');
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw unusable(server);
  url.hash = '';
  url.search = '';
  if (!url.pathname.endsWith(signallingPath)) url.pathname = url.pathname.replace(/\/+$/, '') + signallingPath;
  return url.href;
}

const unusable = (server: string): RingbackError =>
  localError(
    'bad_params',
    `server must be the address of a Ringback server, such as https://calls.example.com; it is "${server}".`,
    {
      field: 'server',
    },
  );

declare const process: { readonly env: { readonly RINGBACK_SERVER?: string } };

/** What the application was built with: bundlers put `process.env.RINGBACK_SERVER` in as text. */
function builtIn(): string {
  try {
    return process.env.RINGBACK_SERVER ?? '';
  } catch {
    // Pages have no `process`.
    return '';
  }
}

/**
 * Where a server is looked for when the application names none: a global, a meta tag, what it was built with, the page's
 * own origin.
 */
export function findServer(): string {
  const named = (globalThis as { readonly RINGBACK_SERVER?: unknown }).RINGBACK_SERVER;
  if (typeof named === 'string' && named !== '') return named;
  if (typeof document !== 'undefined') {
    const content = document.querySelector('meta[name="ringback-server"]')?.getAttribute('content');
    if (content !== null && content !== undefined && content !== '') return content;
  }
  return builtIn();
}

const pageOrigin = (): string => (typeof location === 'undefined' ? '' : location.origin);
