import type { CallWebhookEvent } from 'ringback-engine';
import type { SdkAppId } from 'ringback-protocol';

/** Which webhook endpoints want which events. Asked at each step, so it answers from memory. */
export interface Subscriptions {
  /** Ids of the endpoints of the application that subscribe to this kind of event. */
  endpoints(app: SdkAppId, kind: CallWebhookEvent['kind']): readonly string[];
}
