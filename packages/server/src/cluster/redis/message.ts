import type { Audience } from 'ringback-engine';
import { closeCodes, type NodeId, type SdkAppId } from 'ringback-protocol';
import type { CallMark } from '../../ports/bus.ts';

/** What travels between nodes about one user. */
export interface Message {
  /** Who sent it, always first: what comes back to its sender was delivered there already. */
  readonly from: NodeId;
  readonly app: SdkAppId;
  readonly to: readonly Audience[];
  readonly frame?: string;
  readonly mark?: CallMark;
  /** What the call of the mark is, sealed by the sender. */
  readonly call?: string;
  /** Of a disconnection; nodes of older versions do not say until when (ms). */
  readonly close?: number;
  readonly until?: number;
}

/** Characters of a message that is read: the notices of the largest call are far below. */
const longest = 1_000_000;

/** Audiences of a message that is read, and characters of a call's id. */
const mostAudiences = 1000;
const longestCallId = 128;

/** Undefined for what no node of this installation has sent. */
export function messageOf(text: string): Message | undefined {
  if (text.length > longest) return undefined;
  try {
    const message = JSON.parse(text) as Message | null;
    return message !== null && isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

const isMessage = ({ from, app, to, frame, mark, call, close, until }: Partial<Message>): boolean =>
  typeof from === 'string' &&
  typeof app === 'number' &&
  Array.isArray(to) &&
  to.length <= mostAudiences &&
  to.every(isAudience) &&
  (frame === undefined || typeof frame === 'string') &&
  (mark === undefined || isMark(mark)) &&
  (call === undefined || typeof call === 'string') &&
  (close === undefined || Object.values(closeCodes).some(({ code }) => code === close)) &&
  (until === undefined || isCount(until));

const isAudience = (one: Partial<Audience> | null): boolean =>
  typeof one?.userId === 'string' &&
  (one.device === undefined || typeof one.device === 'string') &&
  (one.except === undefined || typeof one.except === 'string');

const isMark = (mark: Partial<CallMark> | null): boolean =>
  typeof mark?.callId === 'string' &&
  mark.callId.length <= longestCallId &&
  isCount(mark.version) &&
  isCount(mark.eventSeq) &&
  typeof mark.over === 'boolean';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
