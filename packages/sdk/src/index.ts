export { localErrors, RingbackError } from './base/ringback-error.ts';
export type {
  CallEnded,
  CallView,
  GroupView,
  InviteResults,
  KickReason,
  MediaType,
  MemberChange,
  MemberView,
  Profile,
} from './base/wire.ts';
export type { Chat, ChatAnswer, ChatProfile } from './chat/chat.ts';
export { TencentCloudChat, TencentCloudChat as TIM } from './chat/chat-entry.ts';
export type { Call } from './client/call.ts';
export type { CallEvents, CallStatus } from './client/call-events.ts';
export type { Client } from './client/client.ts';
export type { ClientEvents, ClientState } from './client/client-events.ts';
export type { CallOptions, CallPlace, ClientOptions } from './client/client-options.ts';
export { createClient } from './client/create-client.ts';
export type { PageConfig } from './client/page-config.ts';
export * from './compat/constants.ts';
export { TUICallEngineError } from './compat/engine-error.ts';
export type { DeviceInfo, DevicesPayload, EventPayloads } from './compat/event-payloads.ts';
export type { CallInfo, EndPayload, ReceivedPayload } from './compat/payloads.ts';
export { TRTCCloud } from './compat/trtc-cloud.ts';
export * from './compat/trtc-constants.ts';
export { TUICallEngine, TUICallEngine as default } from './compat/tui-call-engine.ts';
export type { CallMedia, CallMediaEvents } from './media/call-media.ts';
export type { LocalMedia, LocalMediaEvents } from './media/local-media.ts';
export type { PushClick } from './push/marks.ts';
export { onPushClick } from './push/on-push-click.ts';
