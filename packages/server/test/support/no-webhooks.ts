import type { Outbox } from '../../src/ports/outbox.ts';

/** Nobody subscribes to anything. */
export const noWebhooks: Outbox = { outgoing: () => [], committed: () => {} };
