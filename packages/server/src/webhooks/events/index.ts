import { endCall } from './end-call.ts';
import { memberChanged } from './member-changed.ts';
import { startCall } from './start-call.ts';
import type { WebhookEvent } from './webhook-event.ts';

/** THE LIST of webhook events. */
export const webhookEvents: readonly WebhookEvent[] = [startCall, memberChanged, endCall];
