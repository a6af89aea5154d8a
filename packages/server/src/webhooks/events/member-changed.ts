import { callbackCommands, fields } from 'ringback-protocol';
import { Type } from 'typebox';
import { commonFields, userList, userListField, type WebhookEvent } from './webhook-event.ts';

/** Members answered, left, were invited, … */
export const memberChanged: WebhookEvent = {
  kind: 'MemberChanged',
  command: callbackCommands.MemberChanged,
  summary: 'Members answered, declined, left, joined or were invited.',
  description:
    'One event tells everybody who changed by the same cause. The departure that ends a call is told, then comes `EndCall`; whoever still rang then is told of as `Cancel_Invite`.',
  payload: Type.Object({
    CallbackCommand: Type.Literal(callbackCommands.MemberChanged),
    CallId: fields.callId(),
    UserList: userListField(),
    ChangedUserList: Type.Array(
      Type.Object({
        User_Account: Type.String({ description: 'A UserID.' }),
        ActionType: Type.Enum(
          ['Answer', 'Reject', 'NotAnswer', 'Hangup', 'Join', 'Offline', 'Invite', 'Cancel_Invite', 'Busy'],
          { description: 'What happened to the user.' },
        ),
      }),
    ),
    ...commonFields,
  }),
  example: {
    CallbackCommand: callbackCommands.MemberChanged,
    CallId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
    UserList: [
      { User_Account: 'alice', Status: 'Calling' },
      { User_Account: 'bob', Status: 'Calling' },
    ],
    ChangedUserList: [{ User_Account: 'bob', ActionType: 'Answer' }],
    EventTime: 1_780_000_005_000,
    EventSeq: 2,
  },
  render: ({ callId }, event) => ({
    CallbackCommand: callbackCommands.MemberChanged,
    CallId: callId,
    UserList: userList(event),
    ChangedUserList: event.changed.map(({ userId, action }) => ({ User_Account: userId, ActionType: action })),
    EventTime: event.eventTime,
    EventSeq: event.eventSeq,
  }),
};
