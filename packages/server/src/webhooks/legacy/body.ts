import type { Call } from 'ringback-engine';
import { type LegacyAction, legacyCallType, legacyMediaType, legacyResults } from 'ringback-protocol';
import { Type } from 'typebox';
import type { Happening } from './happenings.ts';

const seconds = (what: string) => Type.Integer({ description: `${what}, in s since 1970.` });

/** The payload of every callback of the legacy API. */
export const legacyPayload = Type.Object({
  UserId: Type.String({ description: 'Whom it happened to.' }),
  RoomId: Type.String({ description: 'The media room; always a string.' }),
  TotalNum: Type.Integer({ description: 'Everybody who was ever invited or in the call, the caller included.' }),
  MediaType: Type.Enum(['audio', 'video']),
  CallType: Type.Enum(['single', 'group']),
  CallId: Type.String({ description: 'The call.' }),
  Role: Type.Enum(['caller', 'callee'], { description: 'Of `UserId`.' }),
  CallResult: Type.String({ description: 'How the call ended; empty in callbacks that are not about its end.' }),
  EventTime: seconds('When it happened'),
  StartCallTs: seconds('When the call was started'),
  AcceptTs: Type.Integer({ description: 'When somebody first answered, in s since 1970; 0 when nobody has.' }),
  EndTs: Type.Integer({ description: 'When the call ended, in s since 1970; 0 in all callbacks but `normal_end`.' }),
});

const endings: ReadonlySet<LegacyAction> = new Set(legacyResults);

/** The payload of one callback. */
export function legacyBody(call: Call, { action, userId, event }: Happening) {
  const atSecond = (ms: number): number => Math.floor(ms / 1000);
  return {
    UserId: userId,
    RoomId: call.roomId,
    TotalNum: call.members.length,
    MediaType: legacyMediaType(call.mediaType),
    CallType: legacyCallType(call.callType),
    CallId: call.callId,
    Role: userId === call.caller ? 'caller' : 'callee',
    CallResult: endings.has(action) ? action : '',
    EventTime: atSecond(event.eventTime),
    StartCallTs: atSecond(call.startedAt),
    AcceptTs: atSecond(call.acceptedAt),
    EndTs: action === 'normal_end' ? atSecond(call.endedAt) : 0,
  };
}
