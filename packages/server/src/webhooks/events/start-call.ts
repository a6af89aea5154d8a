import { callbackCommands, fields } from 'ringback-protocol';
import { Type } from 'typebox';
import { commonFields, userList, userListField, type WebhookEvent } from './webhook-event.ts';

/** A call was started. */
export const startCall: WebhookEvent = {
  kind: 'StartCall',
  command: callbackCommands.StartCall,
  summary: 'A call was started.',
  description:
    'Sent once for each call, before any other of its events. All callees are `Waiting`; one who is busy follows in a `MemberChanged`. `MediaType` and `CallMediaType` say the same: the documentation has both.',
  payload: Type.Object({
    CallbackCommand: Type.Literal(callbackCommands.StartCall),
    CallInfo: Type.Object({
      CallId: fields.callId(),
      MediaType: fields.mediaType(),
      CallMediaType: fields.mediaType(),
      ChatGroupId: Type.String({ description: 'The group; empty when none was given.' }),
      RoomId: fields.roomId(),
      RoomIdType: fields.roomIdType(),
    }),
    UserList: userListField(),
    ...commonFields,
  }),
  example: {
    CallbackCommand: callbackCommands.StartCall,
    CallInfo: {
      CallId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      MediaType: 'Video',
      CallMediaType: 'Video',
      ChatGroupId: '',
      RoomId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      RoomIdType: 2,
    },
    UserList: [
      { User_Account: 'alice', Status: 'Calling' },
      { User_Account: 'bob', Status: 'Waiting' },
    ],
    EventTime: 1_780_000_000_000,
    EventSeq: 1,
  },
  render: ({ callId, mediaType, chatGroupId, roomId, roomIdType }, event) => ({
    CallbackCommand: callbackCommands.StartCall,
    CallInfo: {
      CallId: callId,
      MediaType: mediaType,
      CallMediaType: mediaType,
      ChatGroupId: chatGroupId,
      RoomId: roomId,
      RoomIdType: roomIdType,
    },
    UserList: userList(event),
    EventTime: event.eventTime,
    EventSeq: event.eventSeq,
  }),
};
