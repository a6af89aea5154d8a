export { Chat } from './chat/chat.ts';
export { TencentCloudChat, TencentCloudChat as default } from './chat/chat-entry.ts';
export { CHAT_EVENT, CHAT_SIGNALING, CHAT_TYPES } from './chat/constants.ts';
