import { type Static, type TSchema, Type } from 'typebox';
import { serviceMessageSchema } from '../media/service-messages.ts';
import { callResults } from '../vocabulary.ts';
import { callViewSchema, memberViewSchema } from './call-view.ts';
import { eventSeq, mediaTypeWord } from './words.ts';

/** How a notice is declared. */
export interface NoticeDeclaration {
  /** When it is sent. */
  readonly when: string;
  readonly params: TSchema;
}

const callId = Type.String({ description: 'the call' });

/** What happened to one member. */
export const memberChangeSchema = Type.Object({
  userId: Type.String({ description: 'the member' }),
  action: Type.Enum(['Answer', 'Reject', 'NotAnswer', 'Hangup', 'Join', 'Offline', 'Invite', 'Cancel_Invite', 'Busy'], {
    description: 'what happened',
  }),
  by: Type.Optional(Type.String({ description: 'who did it, when it was somebody else' })),
});

/** Why a device is told `kickedOut`. */
export const kickReasons = ['newerSignIn', 'kicked', 'deleted', 'appDisabled'] as const;
export type KickReason = (typeof kickReasons)[number];

/** All notices, by method. */
export const signallingNotices = {
  callReceived: {
    when: 'The user is rung; also on sign-in while ringing.',
    params: callViewSchema,
  },
  callChanged: {
    when: 'Members, media or state of the call changed.',
    params: Type.Object({
      callId,
      eventSeq,
      changed: Type.Array(memberChangeSchema, { description: 'what happened; empty when only the media type changed' }),
      members: Type.Array(memberViewSchema, { description: 'the members after the change' }),
      mediaType: mediaTypeWord,
    }),
  },
  callEnded: {
    when: 'The call is over for this device.',
    params: Type.Object({
      callId,
      eventSeq,
      reason: Type.Integer({
        minimum: 0,
        maximum: 9,
        description:
          '0 unknown, 1 hung up, 2 rejected, 3 not answered, 4 offline, 5 busy, 6 cancelled, 7 answered on another device, 8 rejected on another device, 9 ended by the server',
      }),
      userId: Type.String({ description: 'whose action, or silence, ended it' }),
      result: Type.Enum([...callResults, ''], {
        description: 'how the whole call ended; empty when it goes on without this device',
      }),
      totalTime: Type.Integer({ minimum: 0, description: 'from the first accept to the end (s)' }),
    }),
  },
  signal: {
    when: 'Another member of the call sent `signal` to this one.',
    params: Type.Object({
      callId,
      from: Type.String({ description: 'the member who sent it' }),
      data: Type.Unknown({ description: 'what was sent, untouched' }),
    }),
  },
  media: {
    when: 'The media service has something for this device: where its media goes, descriptions, states of the others.',
    params: Type.Object({ callId, data: serviceMessageSchema }),
  },
  kickedOut: {
    when: 'The device was signed out by a newer sign-in, a kick, or the end of its account; the socket closes next.',
    params: Type.Object({
      reason: Type.Enum(kickReasons, { description: 'why' }),
    }),
  },
  sigExpired: {
    when: 'The signature has run out. A device in a call may sign in again on the same socket with a fresh one.',
    params: Type.Object({}),
  },
} as const satisfies Record<string, NoticeDeclaration>;

export type NoticeMethod = keyof typeof signallingNotices;
export type NoticeParams<M extends NoticeMethod> = Static<(typeof signallingNotices)[M]['params']>;
