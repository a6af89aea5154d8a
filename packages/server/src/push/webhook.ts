import { createHash, createHmac } from 'node:crypto';
import { webhookSecretKey } from '../auth/webhook-secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceToken, PushConfig, PushMessage, PushOutcome, PushSender } from '../ports/push.ts';
import { besides, type HttpAnswer, type PushHttp } from './http.ts';
import { payloadOf } from './payload.ts';
import { said } from './said.ts';

/** The operator's own push service: told by a signed POST (Standard Webhooks) of each push to each device. */
export class WebhookPush implements PushSender {
  readonly kind = 'webhook';
  readonly #http: PushHttp;
  readonly #clock: Clock;

  constructor(options: { readonly http: PushHttp; readonly clock: Clock }) {
    this.#http = options.http;
    this.#clock = options.clock;
  }

  problem(token: string): string | undefined {
    return /^[\x20-\x7e]+$/.test(token) ? undefined : 'must be printable ASCII characters';
  }

  async send({ setup, name }: PushConfig, token: DeviceToken, message: PushMessage): Promise<PushOutcome> {
    if (setup.kind !== 'webhook') throw new Error(`${name} is no webhook`);
    const { ring, kind } = message;
    const now = this.#clock.now();
    const body = JSON.stringify({
      type: kind,
      provider: name,
      at: now,
      device: {
        userId: token.userId,
        deviceId: token.device,
        platform: token.platform,
        channel: token.channel,
        token: token.token,
      },
      push: payloadOf(message),
      options: { ...message.info.others, ...optionsOf(message) },
    });
    // The same on every attempt, so that a receiver knows a repetition.
    const id = `push-${ring.callId}-${ring.deadline}-${kind}-${targetOf(token)}`;
    const seconds = Math.floor(now / 1000);
    const signatures = setup.secrets.map(
      (secret) =>
        `v1,${createHmac('sha256', webhookSecretKey(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`,
    );
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signatures.join(' '),
    };
    const answer = await this.#http.post(setup.url, headers, body);
    // A 404 is what a mistyped or vanished address answers for all devices, and no word about one of them.
    return outcomeOf(answer, [410]);
  }

  async close(): Promise<void> {}
}

/** Names a token of a device: users may have devices of the same id, and a device tokens of several providers. */
const targetOf = ({ userId, device, provider, channel }: DeviceToken): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, device, provider, channel]))
    .digest('hex')
    .slice(0, 32);

const optionsOf = ({ info }: PushMessage): Record<string, string | boolean> => ({
  ...(info.androidChannel && { androidChannel: info.androidChannel }),
  ...(info.androidSound && { androidSound: info.androidSound }),
  ...(info.iosSound && { iosSound: info.iosSound }),
  ...(info.noBadge && { noBadge: true }),
});

/** 2xx is taken, `gone` says that the token is void, 408, 429 and 5xx are tried again; the rest is a defect. */
export function outcomeOf(answer: HttpAnswer, gone: readonly number[]): PushOutcome {
  const { status } = answer;
  const text = status >= 200 && status < 300 ? '' : said(answer.text);
  const facts = { ...besides(answer), status, text };
  if (status >= 200 && status < 300) return { outcome: 'sent', ...facts };
  if (gone.includes(status)) return { outcome: 'gone', ...facts };
  if (status === 0 || status === 408 || status === 429 || status >= 500) return { outcome: 'retry', ...facts };
  return { outcome: 'failed', ...facts };
}
