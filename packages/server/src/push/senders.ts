import type { Clock } from '../ports/clock.ts';
import type { PushSender } from '../ports/push.ts';
import { ApnsPush } from './apns.ts';
import { FcmPush } from './fcm.ts';
import { type Guard, PushHttp } from './http.ts';
import { WebPush } from './web-push.ts';
import { WebhookPush } from './webhook.ts';

/** ms; how long a push service may take. */
const patience = 5000;

/** What sends pushes, one for each kind; `close` closes what they share. */
export function openSenders(options: { readonly guard: Guard; readonly clock: Clock; readonly timeout?: number }): {
  readonly senders: readonly PushSender[];
  readonly close: () => Promise<void>;
} {
  const { guard, clock, timeout = patience } = options;
  const http = new PushHttp({ guard, timeout });
  const senders = [
    new WebhookPush({ http, clock }),
    new WebPush({ http, guard, clock }),
    new FcmPush({ http, clock }),
    new ApnsPush({ guard, clock, timeout }),
  ];
  const close = async (): Promise<void> => {
    await Promise.all(senders.map((sender) => sender.close()));
    await http.close();
  };
  return { senders, close };
}
