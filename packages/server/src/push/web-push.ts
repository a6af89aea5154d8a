import { createECDH } from 'node:crypto';
import type webpush from 'web-push';
import type { Clock } from '../ports/clock.ts';
import type { DeviceToken, PushConfig, PushMessage, PushOutcome, PushSender } from '../ports/push.ts';
import type { Guard, PushHttp } from './http.ts';
import { payloadWithin, secondsToLive, withOmitted } from './payload.ts';
import { said } from './said.ts';
import { outcomeOf } from './webhook.ts';

/** Bytes of a message before encryption; push services take 4096 after it. */
const mostBytes = 3900;

/** What a browser calls a PushSubscription. */
interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Browsers, by the push services of their makers: encrypted (RFC 8291) and signed with VAPID (RFC 8292). */
export class WebPush implements PushSender {
  readonly kind = 'web-push';
  readonly #http: PushHttp;
  readonly #guard: Guard;
  readonly #clock: Clock;

  constructor(options: { readonly http: PushHttp; readonly guard: Guard; readonly clock: Clock }) {
    this.#http = options.http;
    this.#guard = options.guard;
    this.#clock = options.clock;
  }

  /** Devices choose the address that the server goes to, so it is guarded as a webhook's is. */
  problem(token: string): string | undefined {
    const subscription = subscriptionOf(token);
    if (subscription === undefined) {
      return 'must be the JSON of a PushSubscription: an endpoint, and keys with p256dh (65 bytes) and auth (16 bytes)';
    }
    const { endpoint } = subscription;
    const problem = this.#guard.problem(endpoint);
    if (problem !== undefined) return `has an endpoint that ${problem}`;
    // Push services of browsers are on HTTPS only (RFC 8030); without it, who listens learns how to reach the device.
    const { protocol, hostname } = new URL(endpoint);
    return protocol === 'https:' || this.#guard.isOpened(hostname)
      ? undefined
      : 'has an endpoint that must start with https://';
  }

  /** The push service of the browser's maker, by its origin. */
  placeOf(token: string): string {
    const { endpoint = '' } = subscriptionOf(token) ?? {};
    return URL.canParse(endpoint) ? new URL(endpoint).origin : '';
  }

  async send({ setup, name }: PushConfig, token: DeviceToken, message: PushMessage): Promise<PushOutcome> {
    if (setup.kind !== 'web-push') throw new Error(`${name} is no web-push`);
    const subscription = subscriptionOf(token.token);
    if (subscription === undefined)
      return { outcome: 'gone', status: 0, fault: 'unreadable', text: 'The subscription cannot be read.' };
    const { payload, omitted } = payloadWithin(message, mostBytes);
    let details: ReturnType<typeof webpush.generateRequestDetails>;
    // Loaded by the first push: no start needs it.
    const { default: library } = await import('web-push');
    try {
      details = library.generateRequestDetails(subscription, JSON.stringify(payload), {
        vapidDetails: { subject: setup.subject, publicKey: setup.publicKey, privateKey: setup.privateKey },
        TTL: secondsToLive(message, this.#clock.now()),
        urgency: 'high',
        // What follows takes the place of what its service has not delivered yet.
        topic: message.ring.callId.replaceAll('-', '').slice(0, 32),
        contentEncoding: 'aes128gcm',
      });
    } catch (error) {
      const text = said(error instanceof Error ? error.message : 'The push cannot be made.');
      // Only keys that nothing can be encrypted for are the device's; the rest is the set-up's, and devices keep their tokens.
      return { outcome: isPoint(subscription.keys.p256dh) ? 'failed' : 'gone', status: 0, text, unsent: true };
    }
    const headers = Object.fromEntries(Object.entries(details.headers).map(([key, value]) => [key, String(value)]));
    const answer = await this.#http.post(details.endpoint, headers, details.body as Buffer);
    return withOmitted(outcomeOf(answer, [404, 410]), omitted);
  }

  async close(): Promise<void> {}
}

/** Whether a public key is a point on the curve: its length alone does not tell. */
function isPoint(key: string): boolean {
  try {
    const own = createECDH('prime256v1');
    own.generateKeys();
    own.computeSecret(Buffer.from(key, 'base64url'));
    return true;
  } catch {
    return false;
  }
}

/** Undefined for what is no subscription. */
function subscriptionOf(token: string): Subscription | undefined {
  try {
    const { endpoint, keys } = JSON.parse(token) as Partial<Subscription>;
    if (typeof endpoint !== 'string' || typeof keys?.p256dh !== 'string' || typeof keys.auth !== 'string')
      return undefined;
    const fits =
      Buffer.from(keys.p256dh, 'base64url').length === 65 && Buffer.from(keys.auth, 'base64url').length === 16;
    return fits ? { endpoint, keys } : undefined;
  } catch {
    return undefined;
  }
}
