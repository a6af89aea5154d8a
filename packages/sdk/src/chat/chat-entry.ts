import { Chat } from './chat.ts';
import { CHAT_EVENT, CHAT_SIGNALING, CHAT_TYPES } from './constants.ts';

const chats = new Map<number, Chat>();

/** What applications import as their chat SDK. */
export const TencentCloudChat = {
  VERSION: '0.1.0',
  EVENT: CHAT_EVENT,
  TYPES: CHAT_TYPES,
  TSignaling: CHAT_SIGNALING,
  /** One chat for an application; throws a TypeError without an SDKAppID. */
  create: (options: { readonly SDKAppID: number }): Chat => {
    if (typeof options?.SDKAppID !== 'number') throw new TypeError('SDKAppID must be a number.');
    const known = chats.get(options.SDKAppID);
    if (known !== undefined && !known.isDestroyed) return known;
    const chat = new Chat(options.SDKAppID);
    chats.set(options.SDKAppID, chat);
    return chat;
  },
} as const;
