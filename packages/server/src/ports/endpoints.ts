import type { SdkAppId } from 'ringback-protocol';
import type { WebhookFormat } from './webhook-format.ts';

/** The endpoint that `call_config/set_callback` configures. */
export const callbackEndpoint = 'callback';

/** The endpoint that the legacy API configures. */
export const legacyEndpoint = 'legacy';

/** A URL that is told of the events of an application. */
export interface Endpoint {
  readonly app: SdkAppId;
  /** Short name, unique within the application. */
  readonly id: string;
  readonly format: WebhookFormat;
  /** Empty: not configured, its secret is all that is left of it. */
  readonly url: string;
  /** The events that it wants, in the words of its format; applied when an event is written. */
  readonly commands: readonly string[];
  /** `whsec_…`, the newest first; all of them sign, so that a receiver can change over. At most 2. */
  readonly secrets: readonly string[];
  /** For `Sign` and `RequestTime` in the URL; empty = without. */
  readonly token: string;
  /** `paused` by the operator; `gone`: it answered 410. Events wait in both. */
  readonly state: 'active' | 'paused' | 'gone';
}

/** The endpoints of all applications, in memory: each step of a call asks. */
export interface Endpoints {
  get(app: SdkAppId, id: string): Endpoint | undefined;
  /** In the order of their ids. */
  of(app: SdkAppId): readonly Endpoint[];
  list(): readonly Endpoint[];
  /** Writes the endpoint, durably; in force when the promise resolves. Without a URL, what waits for it is dropped. */
  save(endpoint: Endpoint): Promise<void>;
  /** Removes the endpoint and the events that wait for it. */
  remove(app: SdkAppId, id: string): Promise<void>;
  /** Called after each change; with undefined after a removal. */
  onChange(listener: (app: SdkAppId, id: string, endpoint: Endpoint | undefined) => void): void;
}
