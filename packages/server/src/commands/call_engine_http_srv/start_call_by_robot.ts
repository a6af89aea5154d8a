import { bounds, fields, isNumericRoomId, isStringRoomId, Refusal, type RoomIdType } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId } from '../examples.ts';
import { checkBytes, readAccount } from '../fields.ts';
import { offlinePushInfo, readPushInfo } from '../push-fields.ts';

const roomIdWords = {
  description:
    'The media room. Without one the server allots the CallId as a string room. A string room is at most 64 bytes of the documented alphabet.',
};

const request = Type.Object({
  Robot_Account: fields.account('The caller. It needs no account, is never busy and has no heartbeat.'),
  CalleeList_Account: Type.Array(fields.account('A user to ring.'), {
    description:
      'The users to ring. Duplicates and the robot itself are dropped; 1 to 8 must remain, unless the application allows more.',
  }),
  Timeout: Type.Integer({
    minimum: bounds.robotTimeoutMin,
    maximum: bounds.ringTimeoutMax,
    description: 'How long it rings, in ms.',
  }),
  UserData: Type.Optional(
    Type.String({ description: 'Handed to the callees with the invitation; at most 1000 bytes.' }),
  ),
  CallInfo: Type.Object({
    MediaType: fields.mediaType(),
    RoomId: Type.Optional(Type.Union([Type.String(), Type.Integer()], roomIdWords)),
    RoomIdType: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2,
        description: '1: RoomId is a decimal from 1 to 2147483647. 2, or absent: it is a string room. 0 means absent.',
      }),
    ),
  }),
  OfflinePushInfo: Type.Optional(offlinePushInfo),
});

const response = Type.Object({
  CallId: fields.callId(),
  CallResult: Type.Array(
    Type.Object({
      Callee_Account: fields.account('A callee of the request.'),
      ResultCode: Type.Integer({
        description: '0: the invitation was processed, also when the callee is busy. 70107: there is no such account.',
      }),
    }),
  ),
});

/** Rings users on behalf of a robot account. */
export const startCallByRobot = defineCommand({
  service: 'call_engine_http_srv',
  command: 'start_call_by_robot',
  summary: 'Rings users on behalf of a robot account.',
  description:
    'Starts a call whose caller is the server. One callee makes a `SingleCall`, more a `MultiCall`. The robot counts as in the call from the start; when everybody else has left, the call ends. A repeated request is a new call.',
  request,
  response,
  errors: ['bad_params', 'unknown_account', 'accounts_too_many'],
  examples: [
    {
      title: 'Ring two users',
      scene: 'idle',
      request: {
        Robot_Account: 'robot',
        CalleeList_Account: ['alice', 'bob'],
        Timeout: 30_000,
        UserData: 'order 4711',
        CallInfo: { MediaType: 'Video', RoomId: 'room-1', RoomIdType: 2 },
        OfflinePushInfo: { PushFlag: 0, Title: 'The shop', Desc: 'About order 4711', Ext: '{"order":4711}' },
      },
      response: {
        CallId: exampleCallId,
        CallResult: [
          { Callee_Account: 'alice', ResultCode: 0 },
          { Callee_Account: 'bob', ResultCode: 0 },
        ],
      },
    },
    {
      title: 'One of them has no account',
      scene: 'idle',
      request: {
        Robot_Account: 'robot',
        CalleeList_Account: ['alice', 'zoe'],
        Timeout: 10_000,
        CallInfo: { MediaType: 'Audio' },
      },
      response: {
        CallId: exampleCallId,
        CallResult: [
          { Callee_Account: 'alice', ResultCode: 0 },
          { Callee_Account: 'zoe', ResultCode: 70107 },
        ],
      },
    },
  ],
  async handle({ app, calls, cause }, body) {
    const caller = readAccount(body.Robot_Account, 'Robot_Account');
    const callees = body.CalleeList_Account.map((text, index) => readAccount(text, `CalleeList_Account[${index}]`));
    const userData = body.UserData ?? '';
    checkBytes(userData, bounds.userDataBytes, 'UserData');
    const { CallInfo } = body;
    const push = readPushInfo(body.OfflinePushInfo);
    const wanted = {
      caller,
      robot: true,
      device: '',
      callees,
      mediaType: CallInfo.MediaType,
      chatGroupId: '',
      ...readRoom(CallInfo.RoomId, CallInfo.RoomIdType ?? 0),
      userData,
      timeout: body.Timeout,
      push,
    } as const;
    const started = await calls.start(app, wanted, cause).catch(inRestWords);
    return {
      CallId: started.callId,
      CallResult: started.results.map(({ userId, code }) => ({ Callee_Account: userId, ResultCode: code })),
    };
  },
});

/** Devices are told the field by the name that they know, beside the sentence; here it stands in the sentence. */
function inRestWords(error: unknown): never {
  if (!(error instanceof Refusal && error.reason === 'unknown_account')) throw error;
  const field = 'CalleeList_Account';
  throw new Refusal(error.reason, `${field}: none of these accounts exists`, field);
}

/** The room that the caller asked for; none when no `RoomId` was given, whatever its type. */
function readRoom(roomId: string | number | undefined, type: number): { roomId: string; roomIdType: RoomIdType } {
  const field = 'CallInfo.RoomId';
  if (roomId === undefined || roomId === '') return { roomId: '', roomIdType: 0 };
  const text = String(roomId);
  if (type === 1) {
    if (isNumericRoomId(text)) return { roomId: text, roomIdType: 1 };
    const rule = `a decimal from 1 to ${bounds.roomIdMax} when RoomIdType is 1`;
    throw new Refusal('bad_params', `${field} must be ${rule}`, field);
  }
  if (typeof roomId !== 'string')
    throw new Refusal('bad_params', `${field} must be a string unless RoomIdType is 1`, field);
  if (isStringRoomId(text)) return { roomId: text, roomIdType: 2 };
  const rule = `must be 1 to ${bounds.roomIdBytes} letters, digits, blanks and marks of the documented alphabet`;
  throw new Refusal('bad_params', `${field} ${rule}`, field);
}
