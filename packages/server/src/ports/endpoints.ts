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

/**
 * What becomes of an endpoint; undefined for what is not there. The same value, or undefined, leaves it as it is. Asked again
 * where somebody else was first, so it does nothing but answer; what it throws is what the change rejects with.
 */
export type EndpointChange = (kept: Endpoint | undefined) => Endpoint | undefined;

/** The endpoints of all applications, in memory: each step of a call asks. */
export interface Endpoints {
  get(app: SdkAppId, id: string): Endpoint | undefined;
  /** In the order of their ids. */
  of(app: SdkAppId): readonly Endpoint[];
  list(): readonly Endpoint[];
  /**
   * Changes one endpoint, durably; in force when the promise resolves, which tells what is kept then. The changes of an
   * endpoint come one after the other, each from what the one before it has left. Without a URL, what waits for it is dropped.
   */
  change(app: SdkAppId, id: string, change: EndpointChange): Promise<Endpoint | undefined>;
  /** Changes the endpoint to this, whatever it was. */
  save(endpoint: Endpoint): Promise<void>;
  /** Removes the endpoint and the events that wait for it. */
  remove(app: SdkAppId, id: string): Promise<void>;
  /** Called after each change; with undefined after a removal. */
  onChange(listener: (app: SdkAppId, id: string, endpoint: Endpoint | undefined) => void): void;
}
