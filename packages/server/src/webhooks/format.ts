import type { SdkAppId } from 'ringback-protocol';
import type { EventfulStep } from '../ports/outbox.ts';
import type { RetryPolicy } from './retry.ts';

/** One thing to tell of a step of a call. */
export interface Telling {
  readonly eventSeq: number;
  readonly part: number;
  /** ms. */
  readonly eventTime: number;
  /** The word that endpoints ask for and that the URL carries. */
  readonly command: string;
  /** The payload. */
  readonly body: object;
}

/** What the query of a delivery tells besides the application. */
export interface DeliveryQuery {
  readonly command: string;
  readonly clientIp: string;
  readonly platform: string;
}

/** What the deliveries of a kind of endpoint look like. */
export interface Format {
  /** The words that an endpoint may ask for. */
  readonly commands: readonly string[];
  /** Everything that a step has to tell, in order. */
  tell(step: EventfulStep): readonly Telling[];
  /** The parameters of the query, in their order. */
  query(app: SdkAppId, query: DeliveryQuery): string;
  /** Why an answer does not count as taken; empty when it does. `text` is its beginning. */
  complaint(status: number, text: string): string;
  readonly policy: RetryPolicy;
}
