import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { PushFault } from 'ringback-protocol';
import { retryAfter } from '../base/retry-after.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceToken, PushConfig, PushMessage, PushOutcome, PushSender, PushSetup } from '../ports/push.ts';
import { besides, faultOf, type Guard, type HttpAnswer, lateText, longestPause, sentenceOf } from './http.ts';
import { signedJwt } from './jwt.ts';
import { payloadWithin, secondsToLive, textOf, titleOf, withOmitted } from './payload.ts';
import { said } from './said.ts';

type Setup = PushSetup & { readonly kind: 'apns' };

/** ms for which a provider token is used; APNs takes it for an hour, and wants no new one within 20 minutes. */
const tokenAge = 2_400_000;

/** Bytes of what the app gets, for a notification and for VoIP. */
const [alertBytes, voipBytes] = [3400, 4400];

/** Bytes of a whole notification that APNs takes; for VoIP it takes 5120, and there is nothing beside what the app gets. */
const mostBytes = 4096;

/** ms without a word on a connection after which it is closed. */
const idle = 600_000;

/** What says that the device's token is void. A bad one, or one of another topic, is what a wrong set-up is told of all. */
const goneReasons: ReadonlySet<string> = new Set(['Unregistered', 'ExpiredToken']);

/** iOS, by APNs over HTTP/2 with a provider token: VoIP pushes for CallKit, or notifications. */
export class ApnsPush implements PushSender {
  readonly kind = 'apns';
  readonly #guard: Guard;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #tokens = new Map<string, { readonly token: string; readonly at: number }>();

  /** `timeout` in ms, for a whole attempt. */
  constructor(options: { readonly guard: Guard; readonly clock: Clock; readonly timeout: number }) {
    this.#guard = options.guard;
    this.#clock = options.clock;
    this.#timeout = options.timeout;
  }

  problem(token: string): string | undefined {
    return /^[0-9A-Fa-f]{64,200}$/.test(token) ? undefined : 'must be a device token of APNs in hex, 64 to 200 digits';
  }

  async send({ setup, name }: PushConfig, token: DeviceToken, message: PushMessage): Promise<PushOutcome> {
    if (setup.kind !== 'apns') throw new Error(`${name} is no apns`);
    let bearer: string;
    try {
      bearer = this.#tokenOf(setup);
    } catch {
      const text = 'The key of the provider cannot sign.';
      return { outcome: 'failed', status: 0, fault: 'cannotSign', text, unsent: true };
    }
    const refusal = this.#guard.refusal(new URL(setup.endpoint).hostname);
    if (refusal !== undefined) return { outcome: 'failed', status: 0, fault: 'address', text: refusal, unsent: true };
    const headers = { authorization: `bearer ${bearer}`, ...this.#headersOf(setup, token, message) };
    const { body, omitted } = bodyOf(token, message);
    const answer = await this.#exchange(setup.endpoint, headers, body);
    const { status } = answer;
    if (status === 200) return withOmitted({ outcome: 'sent', status, text: '' }, omitted);
    const { reason, timestamp } = apnsSaidOf(answer.text);
    const facts = { ...besides(answer), status, text: said(reason || answer.text) };
    if (status === 410 || goneReasons.has(reason)) {
      // A device that has registered since APNs found the token void has it again.
      return { outcome: token.updatedAt > timestamp ? 'failed' : 'gone', ...facts };
    }
    if (reason === 'ExpiredProviderToken') {
      // A late answer says nothing about the token that has taken its place.
      const signer = signerOf(setup);
      if (this.#tokens.get(signer)?.token === bearer) this.#tokens.delete(signer);
      return { outcome: 'retry', ...facts };
    }
    if (status === 0 || status === 429 || status >= 500) return { outcome: 'retry', ...facts };
    return { outcome: 'failed', ...facts };
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  #headersOf({ topic }: Setup, { token, channel }: DeviceToken, message: PushMessage): Record<string, string> {
    const { kind, ring } = message;
    const now = this.#clock.now();
    const seconds = kind === 'ring' ? ring.deadline / 1000 : now / 1000 + secondsToLive(message, now);
    return {
      ':method': 'POST',
      ':path': `/3/device/${token}`,
      'apns-topic': channel === 'voip' ? `${topic}.voip` : topic,
      'apns-push-type': channel === 'voip' ? 'voip' : 'alert',
      'apns-priority': '10',
      // A VoIP push that comes late would ring for nothing, so it is delivered at once or not at all.
      'apns-expiration': channel === 'voip' ? '0' : String(Math.floor(seconds)),
      // The notification of the cancel takes the place of the one that rang.
      ...(channel === 'alert' && { 'apns-collapse-id': ring.callId }),
    };
  }

  /** The same token for all pushes of a key, as APNs wants it. */
  #tokenOf(setup: Setup): string {
    const now = this.#clock.now();
    const signer = signerOf(setup);
    const known = this.#tokens.get(signer);
    if (known !== undefined && now - known.at < tokenAge) return known.token;
    const { team, keyId, key } = setup;
    const claims = { iss: team, iat: Math.floor(now / 1000) };
    const token = signedJwt({ algorithm: 'ES256', key, keyId, claims });
    this.#tokens.set(signer, { token, at: now });
    return token;
  }

  /** Never rejects. */
  #exchange(endpoint: string, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> {
    return new Promise((resolve) => {
      let [status, text] = [0, ''];
      let after: number | undefined;
      let timer: NodeJS.Timeout | undefined;
      const end = (problem: string, fault?: PushFault): void => {
        clearTimeout(timer);
        resolve(status === 0 ? { status, text: problem, after, fault } : { status, text, after });
      };
      try {
        const session = this.#sessionOf(endpoint);
        const stream = session.request(headers);
        timer = setTimeout(() => {
          end(lateText(this.#timeout), 'noAnswer');
          stream.close(constants.NGHTTP2_CANCEL);
          // One that does not answer any more is not used again.
          if (status === 0) this.#drop(endpoint, session);
        }, this.#timeout);
        stream.on('response', (got) => {
          status = Number(got[':status'] ?? 0);
          after = retryAfter(got['retry-after'] as string | undefined, Date.now(), longestPause);
        });
        stream.setEncoding('utf8');
        stream.on('data', (chunk: string) => {
          if (text.length < 4096) text += chunk;
        });
        stream.on('end', () => end('The connection was closed.'));
        stream.on('error', (error) => end(sentenceOf(error), faultOf(error)));
        stream.on('close', () => end('The connection was closed.'));
        stream.end(body);
      } catch (error) {
        end(sentenceOf(error));
      }
    });
  }

  /** One connection for all pushes to an address; it carries many at once. */
  #sessionOf(endpoint: string): ClientHttp2Session {
    const known = this.#sessions.get(endpoint);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect(endpoint, { lookup: this.#guard.lookup });
    this.#sessions.set(endpoint, session);
    const drop = (): void => this.#drop(endpoint, session);
    session.on('error', drop);
    session.on('goaway', drop);
    session.on('close', drop);
    session.setTimeout(idle, () => session.close());
    session.unref();
    return session;
  }

  #drop(endpoint: string, session: ClientHttp2Session): void {
    if (this.#sessions.get(endpoint) === session) this.#sessions.delete(endpoint);
    if (!session.closed) session.close();
  }
}

const signerOf = ({ team, keyId, key }: Setup): string => `${team} ${keyId} ${key}`;

/** A notification shows itself; the app of a VoIP push tells CallKit. Both find the call in `ringback`. */
function bodyOf(
  { channel }: DeviceToken,
  given: PushMessage,
): { readonly body: string; readonly omitted: readonly string[] } {
  const message = titled(given);
  const { info, kind } = message;
  const { payload: ringback, omitted } = payloadWithin(message, channel === 'voip' ? voipBytes : alertBytes);
  if (channel === 'voip') return { body: JSON.stringify({ aps: {}, ringback }), omitted };
  const sound = kind === 'cancel' ? undefined : (info.iosSound ?? 'default');
  const aps = {
    ...(sound !== undefined && { sound }),
    ...(kind === 'ring' && !info.noBadge && { badge: 1 }),
    // Categories are what an app declares its buttons for.
    category: kind === 'ring' ? 'RINGBACK_CALL' : 'RINGBACK_CALL_OVER',
    'interruption-level': kind === 'ring' ? 'time-sensitive' : 'passive',
  };
  const whole = (body: string): string =>
    JSON.stringify({ aps: { alert: { title: titleOf(message), body }, ...aps }, ringback });
  return { body: shortened(textOf(message), whole, mostBytes), omitted };
}

/** With the title that is for iOS, where there is one. */
const titled = (message: PushMessage): PushMessage => {
  const { iosTitle } = message.info;
  return iosTitle === undefined ? message : { ...message, info: { ...message.info, title: iosTitle } };
};

/** The whole with as much of the text as fits into so many bytes. */
function shortened(text: string, whole: (text: string) => string, most: number): string {
  let made = whole(text);
  let letters = [...text];
  for (
    let over = Buffer.byteLength(made) - most;
    over > 0 && letters.length > 0;
    over = Buffer.byteLength(made) - most
  ) {
    // A letter has at most six bytes in JSON, so that never more is cut than needed.
    letters = letters.slice(0, -Math.ceil(over / 6));
    made = whole(letters.length === 0 ? '' : `${letters.join('')}…`);
  }
  return made;
}

/** Why APNs refuses, and with 410 since when the token has been void (ms); without that, for good. */
export function apnsSaidOf(text: string): { readonly reason: string; readonly timestamp: number } {
  const nothing = { reason: '', timestamp: Number.POSITIVE_INFINITY };
  try {
    const { reason, timestamp } = JSON.parse(text) as { readonly reason?: unknown; readonly timestamp?: unknown };
    return {
      reason: typeof reason === 'string' ? reason : nothing.reason,
      timestamp: typeof timestamp === 'number' ? timestamp : nothing.timestamp,
    };
  } catch {
    return nothing;
  }
}
