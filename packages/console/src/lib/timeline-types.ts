import type { PushFault } from 'ringback-protocol';

/** A call, and all that happened to it in the order of time, as the settings API tells it; times in ms. */
export interface Timeline {
  readonly call: CallHead;
  readonly entries: readonly Entry[];
  readonly truncated: boolean;
}

export interface CallHead {
  readonly app: number;
  readonly callId: string;
  readonly live: boolean;
  readonly callType: string;
  readonly mediaType: string;
  readonly caller: string;
  readonly members: readonly string[];
  readonly startedAt: number;
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly result: string;
}

export interface Step {
  readonly at: number;
  readonly kind: 'step';
  readonly seq: number;
  readonly type: string;
  readonly cause: string;
  readonly actor: string;
  readonly device: string;
  readonly requestId: string;
  readonly reason: string;
  readonly data?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly changed: readonly { readonly userId: string; readonly action: string; readonly by?: string }[];
  readonly ends?: string;
}

export interface RequestEntry {
  readonly at: number;
  readonly kind: 'request';
  readonly requestId: string;
  readonly seq: number;
  readonly remembered: boolean;
  readonly command: string;
  readonly code: number;
  readonly took: number;
  readonly clientIp: string;
}

export interface NoticeEntry {
  readonly at: number;
  readonly kind: 'notice';
  readonly method: string;
  readonly to: readonly string[];
  readonly seq: number;
  readonly reason?: number;
  readonly userId?: string;
}

export interface WebhookEntry {
  readonly at: number;
  readonly kind: 'webhook';
  readonly webhookId: string;
  readonly endpoint: string;
  readonly command: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly status: number;
  readonly took: number;
  readonly error: string;
  readonly nextAt: number;
}

export interface MediaEntry {
  readonly at: number;
  readonly kind: 'media';
  readonly what: string;
  readonly from?: string;
  readonly to?: string;
  readonly provider?: string;
  readonly text?: string;
  readonly userId?: string;
}

export interface PushEntry {
  readonly at: number;
  readonly kind: 'push';
  readonly what: string;
  readonly userId: string;
  readonly why?: string;
  readonly devices?: readonly string[];
  readonly tokens?: number;
  readonly device?: string;
  readonly provider?: string;
  readonly attempt?: number;
  readonly outcome?: string;
  readonly status?: number;
  readonly text?: string;
  readonly fault?: PushFault;
  readonly omitted?: readonly string[];
  readonly took?: number;
  readonly targets?: number;
  readonly action?: string;
  readonly refusal?: string;
}

export type Entry = Step | RequestEntry | NoticeEntry | WebhookEntry | MediaEntry | PushEntry;
