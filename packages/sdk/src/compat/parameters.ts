import { bounds } from 'ringback-protocol';
import type { CallOptions, CallPlace } from '../client/client-options.ts';
import { CallError } from './constants.ts';
import { TUICallEngineError } from './engine-error.ts';

/** What goes with an invitation in the original's words. */
export interface InviteParams {
  readonly userIDList: readonly string[];
  /** s; 0 and absent: 30. */
  readonly timeout?: number | undefined;
  readonly userData?: string | undefined;
  readonly offlinePushInfo?: object | undefined;
}

/** `calls`. */
export interface CallsParams extends InviteParams {
  /** 1 audio, 2 video. */
  readonly type: number;
  readonly chatGroupID?: string | undefined;
  readonly groupID?: string | undefined;
  /** 1 to 2147483647; 0: none. Wins over `strRoomID`. */
  readonly roomID?: number | undefined;
  readonly strRoomID?: string | undefined;
}

const invalid = (name: string, text: string) => new TUICallEngineError(CallError.ERROR_PARAM_INVALID, text, name);

/** A text that must be there. */
export function requireText(value: unknown, field: string, name: string): string {
  if (typeof value !== 'string' || value === '')
    throw invalid(name, `${name}: ${field} must be text that is not empty.`);
  return value;
}

/** Who is to be called, without this user and without doubles. */
export function calleesOf(list: unknown, me: string, name: string): string[] {
  if (!Array.isArray(list) || list.length === 0) throw invalid(name, `${name}: userIDList must name somebody.`);
  const users = list.map((one) => requireText(one, 'userIDList', name));
  const odd = users.find((userId) => !/^[ -~]{1,32}$/.test(userId));
  if (odd !== undefined)
    throw invalid(name, `${name}: a user id has 1 to ${bounds.userIdBytes} printable ASCII characters.`);
  const others = [...new Set(users)].filter((userId) => userId !== me);
  if (others.length === 0) throw invalid(name, `${name}: nobody can call themselves.`);
  return others;
}

/** ms; undefined for the server's default. */
export function timeoutOf(timeout: unknown, name: string): number | undefined {
  if (timeout === undefined || timeout === null || timeout === 0) return undefined;
  if (typeof timeout !== 'number' || !Number.isFinite(timeout) || timeout < 0) {
    throw invalid(name, `${name}: timeout must be a number of seconds.`);
  }
  return Math.min(Math.max(Math.round(timeout * 1000), 1000), 600_000);
}

/** An audio or a video call. */
export function mediaTypeOf(type: unknown, name: string): 'Audio' | 'Video' {
  if (type === 1) return 'Audio';
  if (type === 2) return 'Video';
  throw invalid(name, `${name}: type must be 1 (audio) or 2 (video).`);
}

/** The room that the parameters name, if they do. The server knows the rest of what a room may be called. */
export function roomOf(
  { roomID, strRoomID }: { readonly roomID?: unknown; readonly strRoomID?: unknown },
  name: string,
): Pick<CallPlace, 'roomId' | 'roomIdType'> {
  if (roomID !== undefined && roomID !== null && roomID !== 0 && roomID !== '') {
    if (typeof roomID !== 'number' || !Number.isInteger(roomID) || roomID < 1 || roomID > bounds.roomIdMax)
      throw invalid(name, `${name}: roomID must be a number from 1 to ${bounds.roomIdMax}.`);
    return { roomId: String(roomID), roomIdType: 1 };
  }
  if (strRoomID === undefined || strRoomID === null || strRoomID === '') return {};
  if (typeof strRoomID !== 'string' || bytesOf(strRoomID) > bounds.roomIdBytes)
    throw invalid(name, `${name}: strRoomID must be text of at most ${bounds.roomIdBytes} bytes.`);
  return { roomId: strRoomID, roomIdType: 2 };
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** What an invitation carries; empty and absent are the same. */
export function userDataOf(userData: unknown, name: string): string | undefined {
  if (userData === undefined || userData === null || userData === '') return undefined;
  if (typeof userData !== 'string' || bytesOf(userData) > bounds.userDataBytes)
    throw invalid(name, `${name}: userData must be text of at most ${bounds.userDataBytes} bytes.`);
  return userData;
}

/** The parameters of `calls` in the words of the protocol. */
export function callOptionsOf(params: CallsParams, name: string): CallOptions {
  const { chatGroupID, groupID, userData, offlinePushInfo } = params;
  return {
    mediaType: mediaTypeOf(params.type, name),
    timeoutMs: timeoutOf(params.timeout, name),
    chatGroupId: chatGroupID || groupID || undefined,
    userData: userDataOf(userData, name),
    push: offlinePushInfo ?? undefined,
    ...roomOf(params, name),
  };
}
