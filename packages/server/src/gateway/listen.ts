import type { ServerResponse } from 'node:http';
import { errorRow, type SdkAppId } from 'ringback-protocol';
import type { App, Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { HeardEvent, Listeners } from '../webhooks/listeners.ts';
import { identifierFits } from './admission.ts';
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

/** ms between signs of life; with each, whoever listens must still be allowed to. */
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
  /** Of each listener: gives a sign of life, or ends what may go on no longer. */
  readonly #beats = new Map<SdkAppId, Set<() => void>>();

  constructor(parts: ListenParts) {
    this.#parts = parts;
    parts.apps.onChange(({ sdkAppId }) => {
      for (const beat of this.#beats.get(sdkAppId) ?? []) beat();
    });
  }

  handle(x: Exchange, response: ServerResponse): void {
    const failure = this.#check(x) ?? this.#tooMany((x.app as App).sdkAppId);
    if (failure !== undefined) {
      const { code, text } = errorRow(failure.name);
      answer(response, failure.name === 'app_rate' ? 429 : 403, { code, error: failure.detail ?? text });
    } else this.#stream(x, (x.app as App).sdkAppId, response);
  }

  /** Looks the application up anew each time: what was right once may have been taken back. */
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
    const unfit = identifierFits(identifier);
    if (unfit !== undefined) return unfit;
    if (userSig === '') return { name: 'usersig_missing' };
    const refused = authenticator.verify(app, { identifier, userSig, clientIp: x.clientIp, now: clock.now() });
    if (refused !== undefined) return refused;
    return authenticator.isAdmin(app, identifier) ? undefined : { name: 'not_administrator' };
  }

  #tooMany(app: SdkAppId): Failure | undefined {
    if ((this.#beats.get(app)?.size ?? 0) < mostListeners) return undefined;
    return { name: 'app_rate', detail: `${mostListeners} listen to this application already; that is the most.` };
  }

  #stream(x: Exchange, app: SdkAppId, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-store',
      Connection: 'close',
    });
    response.flushHeaders();
    const hear = (event: HeardEvent | undefined): void => {
      if (event === undefined) end();
      else if (response.writableLength > mostWaiting) response.destroy();
      else response.write(`${JSON.stringify(event)}\n`);
    };
    const beat = (): void => {
      if (this.#check(x) === undefined) response.write('\n');
      else end();
    };
    const beats = this.#beats.get(app) ?? new Set();
    this.#beats.set(app, beats.add(beat));
    const stop = this.#parts.listeners.add(app, hear);
    const alive = setInterval(beat, heartbeat);
    const end = (): void => {
      stop();
      beats.delete(beat);
      clearInterval(alive);
      clearTimeout(over);
      response.end();
    };
    const over = setTimeout(end, longest);
    for (const timer of [alive, over]) timer.unref();
    response.once('close', end);
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
