import type { Journal } from './journal.ts';
import type { ReceivedPush } from './push-inbox.ts';
import type { TestClock } from './test-clock.ts';

/** Where virtual users live. */
export interface Surroundings {
  readonly clock: TestClock;
  readonly journal: Journal;
  /** The address of the signalling socket, now. */
  readonly url: () => string;
  readonly sdkAppId: number;
  readonly key: string;
  /** The call that a user is in, as far as that user knows. */
  readonly callOf: (userId: string) => string | undefined;
  readonly pushProvider: string;
  /** The latest push that rang for a user. */
  readonly ringOf: (userId: string, device?: string) => ReceivedPush | undefined;
  /** Where pushes are answered, now. */
  readonly answerUrl: () => string;
}
