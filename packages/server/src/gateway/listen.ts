import type { ServerResponse } from 'node:http';
import { type ErrorName, errorRow, type SdkAppId } from 'ringback-protocol';
import type { App, Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { HeardEvent, Listeners } from '../webhooks/listeners.ts';
import type { Authenticator, Failure } from './authenticator.ts';
import type { Exchange } from './exchange.ts';
import { parseQuery, pathOf } from './url.ts';

/** What those who look on need. */
export interface ListenParts {
  readonly apps: Apps;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly listeners: Listeners;
}

/** ms between signs of life. */
const heartbeat = 15_000;

/** ms; then the connection ends, so that whoever listens must prove anew that it may. */
const longest = 3_600_000;

/** Bytes that may wait for a slow listener. */
const mostWaiting = 4 * 1024 * 1024;

/** Listeners of one application at once. */
const mostListeners = 20;

/**
 * `GET /listen?sdkappid&identifier&usersig`: the events of an application as they happen, one JSON object a line, for
 * its administrators. Blank lines are signs of life. Nothing is kept for a listener that is away.
 */
export class ListenDoor {
  readonly #parts: ListenParts;
  readonly #open = new Map<SdkAppId, number>();

  constructor(parts: ListenParts) {
    this.#parts = parts;
  }

  handle(x: Exchange, response: ServerResponse): void {
    const failure = this.#check(x);
    if (failure !== undefined) {
      const { code, text } = errorRow(failure.name);
      answer(response, failure.name === 'app_rate' ? 429 : 403, { code, error: failure.detail ?? text });
    } else this.#stream((x.app as App).sdkAppId, response);
  }

  #check(x: Exchange): Failure | undefined {
    const { apps, authenticator, clock } = this.#parts;
    const query = parseQuery(x.target, pathOf(x.target).length + 1);
    const { sdkappid = '', identifier = '', usersig: userSig = '' } = query ?? {};
    const app = /^\d{1,10}$/.test(sdkappid) ? apps.get(Number(sdkappid)) : undefined;
    if (app === undefined) return { name: 'app_unknown' };
    x.app = app;
    if (app.disabled) return { name: 'app_disabled' };
    if (app.packageExpiresAt !== 0 && clock.now() >= app.packageExpiresAt) return { name: 'package_expired' };
    if (app.allowIps.length > 0 && !authenticator.allowsIp(app, x.clientIp)) return { name: 'ip_not_allowed' };
    if (userSig === '') return { name: 'usersig_missing' };
    const refused = authenticator.verify(app, { identifier, userSig, clientIp: x.clientIp });
    if (refused !== undefined) return refused;
    if (!authenticator.isAdmin(app, identifier)) return { name: 'not_administrator' satisfies ErrorName };
    if ((this.#open.get(app.sdkAppId) ?? 0) < mostListeners) return undefined;
    return { name: 'app_rate', detail: `${mostListeners} listen to this application already; that is the most.` };
  }

  #stream(app: SdkAppId, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-store',
      Connection: 'close',
    });
    response.flushHeaders();
    const hear = (event: HeardEvent | undefined): void => {
      if (event === undefined) response.end();
      else if (response.writableLength > mostWaiting) response.destroy();
      else response.write(`${JSON.stringify(event)}\n`);
    };
    this.#open.set(app, (this.#open.get(app) ?? 0) + 1);
    const stop = this.#parts.listeners.add(app, hear);
    const alive = setInterval(() => response.write('\n'), heartbeat);
    const over = setTimeout(() => response.end(), longest);
    for (const timer of [alive, over]) timer.unref();
    response.once('close', () => {
      stop();
      clearInterval(alive);
      clearTimeout(over);
      this.#open.set(app, (this.#open.get(app) ?? 1) - 1);
    });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
