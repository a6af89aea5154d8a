import { type Call, present } from 'ringback-engine';
import { callId, fields, isCallId, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId } from '../examples.ts';

const response = Type.Object({
  CallInfo: Type.Object({
    CallId: fields.callId(),
    MediaType: fields.mediaType(),
    ChatGroupId: Type.String({ description: 'The chat group of the call; empty when it has none.' }),
    RoomId: fields.roomId(),
    RoomIdType: fields.roomIdType(),
  }),
  UserList: Type.Array(
    Type.Object({
      User_Account: fields.account('A member who rings or talks.'),
      Status: Type.Enum(['Waiting', 'Calling'], { description: '`Waiting`: ringing. `Calling`: in the call.' }),
    }),
    { description: 'The present members, in order of invitation.' },
  ),
  EventSeq: Type.Integer({ description: 'The number of the last webhook event that this state includes.' }),
});

/** The state of a live call. */
export const getCallInfo = defineCommand({
  service: 'call_engine_http_srv',
  command: 'get_call_info',
  summary: 'The state of a live call.',
  description:
    'Answers who is in a call, who is being rung, and with which media. A call that has ended is unknown here; read its record.',
  request: Type.Object({ CallId: fields.callId() }),
  response,
  errors: ['bad_params', 'no_such_call', 'call_ended'],
  examples: [
    {
      title: 'A call that rings',
      scene: 'ringing',
      request: { CallId: exampleCallId },
      response: {
        CallInfo: { CallId: exampleCallId, MediaType: 'Video', ChatGroupId: '', RoomId: exampleCallId, RoomIdType: 2 },
        UserList: [
          { User_Account: 'alice', Status: 'Calling' },
          { User_Account: 'bob', Status: 'Waiting' },
        ],
        EventSeq: 1,
      },
    },
  ],
  handle({ app, calls, store }, { CallId }) {
    if (!isCallId(CallId)) throw new Refusal('no_such_call');
    const id = callId(CallId);
    const slow = (call: Call | undefined) => (call === undefined ? calls.get(app, id).then(viewOf) : viewOf(call));
    // Most often the call is in memory and the answer needs no promise; the rest is told apart on the slow road.
    const call = store.read(app.sdkAppId, id);
    return call instanceof Promise ? call.then(slow) : slow(call);
  },
  reusesAnswers: true,
});

/** A call is a value, and callers who wait for something ask for the same one again and again. */
const views = new WeakMap<Call, ReturnType<typeof view>>();

function viewOf(call: Call): ReturnType<typeof view> {
  let known = views.get(call);
  if (known === undefined) {
    known = view(call);
    views.set(call, known);
  }
  return known;
}

function view(call: Call) {
  return {
    CallInfo: {
      CallId: call.callId,
      MediaType: call.mediaType,
      ChatGroupId: call.chatGroupId,
      RoomId: call.roomId,
      RoomIdType: call.roomIdType,
    },
    UserList: present(call).map(({ userId, status }) => ({
      User_Account: userId,
      // Those who are present are never `Gone`.
      Status: status === 'Calling' ? ('Calling' as const) : ('Waiting' as const),
    })),
    EventSeq: call.eventSeq,
  };
}
