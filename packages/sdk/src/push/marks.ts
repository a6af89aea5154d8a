/** What a notification of a call was clicked for: its button, or elsewhere on it. */
export type PushAction = 'accept' | 'open';

/** A click on the notification of a call. */
export interface PushClick {
  /** `accept`: on its button; `open`: elsewhere on it. */
  readonly action: PushAction;
  readonly callId: string;
}

/** The notifications of a call are known by this: one call has one. */
export const tagOf = (callId: string): string => `ringback-${callId}`;

/** Undefined for what is none. */
export function clickOf(data: unknown): PushClick | undefined {
  const { action, callId } = (data ?? {}) as { readonly action?: unknown; readonly callId?: unknown };
  return (action === 'accept' || action === 'open') && typeof callId === 'string' ? { action, callId } : undefined;
}
