import type { CallId, SdkAppId } from 'ringback-protocol';

/** A call among those of all applications. */
export const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;
