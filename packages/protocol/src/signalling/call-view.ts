import { type Static, Type } from 'typebox';
import { eventSeq, mediaTypeWord, timeMs } from './words.ts';

/** A member of a call who is ringing or in it. */
export const memberViewSchema = Type.Object(
  {
    userId: Type.String({ description: 'the member' }),
    status: Type.Enum(['Waiting', 'Calling'], {
      description: 'Waiting while ringing, Calling when in the call',
    }),
    nick: Type.String({ description: 'the name to show; empty when none was set' }),
    avatar: Type.String({ description: 'the URL of a picture; empty when none was set' }),
    invitedBy: Type.String({ description: 'who invited; the caller and those who joined invited themselves' }),
    deadline: Type.Optional(timeMs('only while Waiting: when the invitation runs out')),
  },
  { description: 'a member who is ringing or in the call' },
);

/** The *call* of the signalling protocol, as one of its users sees it. */
export const callViewSchema = Type.Object(
  {
    callId: Type.String({ description: 'the call' }),
    mediaType: mediaTypeWord,
    callType: Type.Enum(['SingleCall', 'MultiCall'], {
      description: 'SingleCall between two; MultiCall with more, or of a group',
    }),
    chatGroupId: Type.String({ description: 'the group; empty when none was given' }),
    roomId: Type.String({ description: 'the media room' }),
    roomIdType: Type.Enum([0, 1, 2], {
      description: '1 = a number, 2 = text, 0 = the call has no room',
    }),
    caller: Type.String({ description: 'who started the call' }),
    startedAt: timeMs('when it was started'),
    acceptedAt: timeMs('when the first member accepted; 0 before'),
    userData: Type.String({ description: 'what the invitation of the reader carried' }),
    eventSeq,
    members: Type.Array(memberViewSchema, { description: 'the members who are ringing or in the call' }),
    invited: Type.Array(Type.String(), {
      description:
        'who was called or invited, in the order in which they first came into the call; also those who were busy, have declined or left, unless they came back by joining',
    }),
  },
  { description: 'a call as one of its users sees it' },
);

export type MemberView = Static<typeof memberViewSchema>;
export type CallView = Static<typeof callViewSchema>;
