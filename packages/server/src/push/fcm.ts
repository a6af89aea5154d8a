import type { Clock } from '../ports/clock.ts';
import type { DeviceToken, PushConfig, PushMessage, PushOutcome, PushSender, PushSetup } from '../ports/push.ts';
import { besides, type PushHttp } from './http.ts';
import { signedJwt } from './jwt.ts';
import { payloadWithin, secondsToLive, withOmitted } from './payload.ts';
import { said } from './said.ts';

type Setup = PushSetup & { readonly kind: 'fcm' };

/** Bytes of the data of a message; FCM takes 4096 of all. */
const mostBytes = 3600;

const scope = 'https://www.googleapis.com/auth/firebase.messaging';

/** ms before its end that an access token is renewed. */
const margin = 300_000;

interface Access {
  readonly token: string;
  readonly until: number;
}

/** Android, by FCM HTTP v1: a data message of high priority, so that the app rings by itself. */
export class FcmPush implements PushSender {
  readonly kind = 'fcm';
  readonly #http: PushHttp;
  readonly #clock: Clock;
  /** Access tokens by service account and key, and those that are being asked for. */
  readonly #access = new Map<string, Promise<Access | PushOutcome>>();
  /** Access tokens that FCM does not take any more. */
  readonly #refused = new WeakSet<Access>();

  constructor(options: { readonly http: PushHttp; readonly clock: Clock }) {
    this.#http = options.http;
    this.#clock = options.clock;
  }

  problem(token: string): string | undefined {
    return /^[A-Za-z0-9_:.-]{20,4096}$/.test(token) ? undefined : 'must be a registration token of FCM';
  }

  async send({ setup, name }: PushConfig, token: DeviceToken, message: PushMessage): Promise<PushOutcome> {
    if (setup.kind !== 'fcm') throw new Error(`${name} is no fcm`);
    const access = await this.#accessOf(setup);
    if ('outcome' in access) return access;
    const { payload, omitted } = payloadWithin(message, mostBytes);
    const body = JSON.stringify({ message: this.#messageFor(token, message, payload) });
    const url = `${setup.endpoint}/v1/projects/${encodeURIComponent(setup.project)}/messages:send`;
    const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
    const answer = await this.#http.post(url, headers, body);
    const { status } = answer;
    if (status >= 200 && status < 300) return withOmitted({ outcome: 'sent', status, text: '' }, omitted);
    const word = fcmErrorOf(answer.text);
    const facts = { ...besides(answer), status, text: said(word || answer.text) };
    // A token of another project (SENDER_ID_MISMATCH) is a mistake in the set-up: the device keeps it.
    if (status === 404 && word === 'UNREGISTERED') return { outcome: 'gone', ...facts };
    if (status === 401) {
      // The access token was revoked: another is asked for, unless that has been done since.
      this.#refused.add(access);
      return { outcome: 'retry', ...facts };
    }
    if (status === 0 || status === 429 || status >= 500) return { outcome: 'retry', ...facts };
    return { outcome: 'failed', ...facts };
  }

  async close(): Promise<void> {}

  #messageFor({ token }: DeviceToken, message: PushMessage, payload: Readonly<Record<string, string>>): object {
    const { androidChannel: channel, androidSound: sound } = message.info;
    return {
      token,
      data: { ...payload, ...(channel !== undefined && { channel }), ...(sound !== undefined && { sound }) },
      android: {
        priority: 'HIGH',
        ttl: `${secondsToLive(message, this.#clock.now())}s`,
        // A device that was away gets the cancel alone: it takes the place of the ring that still waits.
        collapse_key: message.ring.callId,
      },
    };
  }

  /** One at a time for each account. */
  async #accessOf(setup: Setup): Promise<Access | PushOutcome> {
    const account = accountOf(setup);
    const asked = this.#access.get(account);
    const known = await asked;
    if (known !== undefined && 'token' in known && this.#isGood(known)) return known;
    // Somebody else may have asked meanwhile.
    const newer = this.#access.get(account);
    if (newer !== undefined && newer !== asked) return newer;
    const asking = this.#ask(setup);
    this.#access.set(account, asking);
    const answer = await asking;
    if ('outcome' in answer && this.#access.get(account) === asking) this.#access.delete(account);
    return answer;
  }

  #isGood(access: Access): boolean {
    return access.until - margin > this.#clock.now() && !this.#refused.has(access);
  }

  /** An access token of the service account, for a JWT that it signs (RFC 7523). */
  async #ask({ email, key, tokenUrl }: Setup): Promise<Access | PushOutcome> {
    const now = this.#clock.now();
    const iat = Math.floor(now / 1000);
    let assertion: string;
    try {
      assertion = signedJwt({
        algorithm: 'RS256',
        key,
        claims: { iss: email, scope, aud: tokenUrl, iat, exp: iat + 3600 },
      });
    } catch {
      const text = 'The key of the service account cannot sign.';
      return { outcome: 'failed', status: 0, fault: 'cannotSign', text, unsent: true };
    }
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#http.post(tokenUrl, headers, form.toString());
    const { status } = answer;
    const [token, lasts] = accessTokenOf(answer.text);
    if (status === 200 && token !== '') return { token, until: now + lasts * 1000 };
    const text = said(`No access token: ${status === 0 ? answer.text : oauthErrorOf(answer.text) || status}`);
    const again = status === 0 || status === 429 || status >= 500;
    return { ...besides(answer), outcome: again ? 'retry' : 'failed', status, text, unsent: true };
  }
}

const accountOf = ({ email, key, tokenUrl }: Setup): string => `${tokenUrl} ${email} ${key}`;

/** The members of what should be an object; of anything else, none. */
const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const jsonOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return {};
  }
};

/** The access token in an answer of Google's OAuth 2.0, and for how long it is good; empty where there is none. */
export function accessTokenOf(text: string): readonly [token: string, seconds: number] {
  const { access_token: token, expires_in: seconds } = jsonOf(text);
  return typeof token === 'string' && typeof seconds === 'number' ? [token, seconds] : ['', 0];
}

/** The word of OAuth 2.0 for what is wrong; empty where there is none. */
export const oauthErrorOf = (text: string): string => {
  const { error } = jsonOf(text);
  return typeof error === 'string' ? error : '';
};

/** The word of FCM for what is wrong, else that of Google APIs; empty where there is none. */
export function fcmErrorOf(text: string): string {
  const { status, details } = membersOf(jsonOf(text).error);
  for (const detail of Array.isArray(details) ? details : []) {
    const { errorCode } = membersOf(detail);
    if (typeof errorCode === 'string') return errorCode;
  }
  return typeof status === 'string' ? status : '';
}
