import type { AttemptFacts } from '../ports/outbox.ts';

/** One attempt to deliver, and what came of it. */
export interface Attempt extends AttemptFacts {
  readonly retryAfter: string | undefined;
}

/** Whether the receiver has taken it. */
export const delivered = ({ error }: AttemptFacts): boolean => error === '';
