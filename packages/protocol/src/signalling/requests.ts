import { type Static, type TSchema, Type } from 'typebox';
import { bounds } from '../bounds.ts';
import { groupTypes } from '../vocabulary.ts';
import { callViewSchema } from './call-view.ts';
import type { SignallingErrorName } from './frame.ts';
import { signallingNotices } from './notices.ts';
import {
  callIdText,
  chatGroupIdText,
  deviceIdText,
  eventSeq,
  groupIdText,
  groupRole,
  mediaTypeText,
  platformWord,
  pushChannelWord,
  pushInfo,
  pushProviderName,
  roomIdText,
  roomIdTypeWord,
  timeMs,
  timeoutMs,
  userDataText,
  userIdText,
} from './words.ts';

/** How a request is declared. */
export interface RequestDeclaration {
  /** One sentence. */
  readonly summary: string;
  /** Rules that the schemas cannot say; sentences. */
  readonly notes?: readonly string[];
  readonly params: TSchema;
  readonly result: TSchema;
  /** The refusals to expect, besides `bad_params`, `too_fast` and `overloaded`, which any request may get. */
  readonly errors: readonly SignallingErrorName[];
}

const nothing = Type.Object({}, { description: 'nothing' });
const byCallId = Type.Object({ callId: callIdText });
const users = (description: string) => Type.Array(userIdText, { description, maxItems: 1000 });

const inviteResults = Type.Array(
  Type.Object({
    userId: Type.String({ description: 'who was to be called' }),
    code: Type.Integer({ description: '0 = the invitation was processed, 70107 = there is no such account' }),
  }),
  { description: 'one entry for each user, duplicates and oneself left out' },
);

/** All requests, by method. */
export const signallingRequests = {
  signIn: {
    summary: 'Signs the device in. The first request on every socket.',
    notes: [
      'A valid UserSig of any user of the application will do; the account is made on its first sign-in.',
      'A newer sign-in of the same device closes the older socket with 4004 and takes its call over.',
      'On a signed-in socket it renews the signature, for the same user and device.',
      'A refused signature is answered, then the socket is closed with 4003.',
      'A sign-in that the server cannot finish is answered with its error, then the socket is closed with 1012: come back.',
    ],
    params: Type.Object({
      sdkAppId: Type.Integer({
        description: 'the number of the application, 1 to 4294967295',
        minimum: 1,
        maximum: 4_294_967_295,
      }),
      userId: userIdText,
      userSig: Type.String({
        description: `the UserSig of the user, at most ${bounds.userSigBytes} bytes`,
        minLength: 1,
        maxLength: bounds.userSigBytes,
      }),
      platform: platformWord,
      deviceId: deviceIdText,
    }),
    result: Type.Object({
      serverTime: timeMs('the time of the server'),
      pingMs: Type.Integer({ description: 'how often to ping (ms)' }),
      leaseMs: Type.Integer({ description: 'the silence after which a device in a call has left it (ms)' }),
      user: Type.Object(
        {
          nick: Type.String({ description: 'the own name; empty when none was set' }),
          avatar: Type.String({ description: 'the URL of the own picture; empty when none was set' }),
        },
        { description: 'the own account' },
      ),
      call: Type.Optional(callViewSchema),
      callHere: Type.Boolean({
        description: 'this device holds that call, or may answer it; false when there is none',
      }),
    }),
    errors: ['bad_signature', 'not_allowed'],
  },
  signOut: {
    summary: 'Signs the device out. It leaves its call at once; the socket closes with 1000 after the answer.',
    params: nothing,
    result: nothing,
    errors: ['not_signed_in'],
  },
  call: {
    summary: 'Calls one or more users.',
    notes: [
      'One callee and no chatGroupId make a SingleCall, anything else a MultiCall. Who does not exist counts.',
      'Without a roomId the server allots a room. A roomId without a roomIdType is text.',
      'Where strangers are rung and the application has no room for any of the callees, the refusal is not_allowed with 70398.',
      'When the callee is calling this user at the same moment, the request answers that call: role is then callee.',
      'The device holds the call from here on and must ping as often as a device in a call.',
      'call is the call right after the request; what has happened in it by then is told by notices as well.',
    ],
    params: Type.Object({
      callees: users('a list of user ids'),
      mediaType: mediaTypeText,
      timeoutMs: Type.Optional(timeoutMs),
      roomId: Type.Optional(roomIdText),
      roomIdType: Type.Optional(roomIdTypeWord),
      chatGroupId: Type.Optional(chatGroupIdText),
      userData: Type.Optional(userDataText),
      push: Type.Optional(pushInfo),
    }),
    result: Type.Object({
      callId: Type.String({ description: 'the call' }),
      role: Type.Enum(['caller', 'callee'], {
        description: 'callee when the request answered a call of the callee',
      }),
      results: inviteResults,
      call: callViewSchema,
    }),
    errors: ['not_signed_in', 'bad_signature', 'already_in_call', 'not_allowed', 'unknown_account'],
  },
  ringing: {
    summary: 'Tells that this device rings for a call.',
    notes: [
      `Sent at once after callReceived. When no device of a callee has said so within ${bounds.ringAnswer} ms, a push goes out.`,
      'A device that is late, or whose call is over meanwhile, is answered all the same.',
    ],
    params: byCallId,
    result: nothing,
    errors: ['not_signed_in'],
  },
  accept: {
    summary: 'Answers a call that rings; this device holds it from here on.',
    params: byCallId,
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_waiting', 'not_in_call', 'answered_elsewhere'],
  },
  reject: {
    summary: 'Declines a call that rings, on all devices of the user.',
    params: byCallId,
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_waiting', 'not_in_call', 'answered_elsewhere'],
  },
  ignore: {
    summary: 'Declines a call that rings, as busy.',
    params: byCallId,
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_waiting', 'not_in_call', 'answered_elsewhere'],
  },
  hangUp: {
    summary: 'Leaves the call; the caller withdraws it when nobody has accepted; a ringing callee declines it.',
    params: byCallId,
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_in_call', 'answered_elsewhere'],
  },
  invite: {
    summary: 'Invites more users into the call, which becomes a MultiCall.',
    notes: ['Users who are in the call already are left out; when nobody is left the request is refused.'],
    params: Type.Object({
      callId: callIdText,
      users: users('a list of user ids'),
      timeoutMs: Type.Optional(timeoutMs),
      userData: Type.Optional(userDataText),
      push: Type.Optional(pushInfo),
    }),
    result: Type.Object({ results: inviteResults }),
    errors: [
      'not_signed_in',
      'bad_signature',
      'no_such_call',
      'call_ended',
      'not_in_call',
      'answered_elsewhere',
      'call_full',
      'not_allowed',
      'unknown_account',
    ],
  },
  join: {
    summary: 'Enters a running call by its id.',
    params: byCallId,
    result: callViewSchema,
    errors: [
      'not_signed_in',
      'bad_signature',
      'already_in_call',
      'no_such_call',
      'call_ended',
      'answered_elsewhere',
      'call_full',
      'not_allowed',
    ],
  },
  findCall: {
    summary: 'Finds the running call of a room or of a group, for `join`.',
    notes: [
      'At least one of roomId and chatGroupId is given; the call must fit both when both are.',
      'Calls that this user may not join are not found, as if they did not exist. Of several, the newest is.',
      'A roomId without a roomIdType is text; the number 123 and the text "123" are different rooms.',
    ],
    params: Type.Object({
      roomId: Type.Optional(roomIdText),
      roomIdType: Type.Optional(roomIdTypeWord),
      chatGroupId: Type.Optional(chatGroupIdText),
    }),
    result: Type.Object({
      callId: Type.String({ description: 'the call' }),
    }),
    errors: ['not_signed_in', 'bad_signature', 'no_such_call'],
  },
  switchMedia: {
    summary: 'Switches a SingleCall between audio and video.',
    params: Type.Object({ callId: callIdText, mediaType: mediaTypeText }),
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_in_call', 'answered_elsewhere', 'not_allowed'],
  },
  ping: {
    summary: 'Tells that the device is alive; with a callId, asks for the number of the last event of that call.',
    notes: ['When eventSeq is not the last one that the device has seen, it asks resume.'],
    params: Type.Object({ callId: Type.Optional(callIdText) }),
    result: Type.Object({
      eventSeq: Type.Optional(eventSeq),
      pingMs: Type.Optional(Type.Integer({ description: 'how often to ping from now on, when that has changed (ms)' })),
    }),
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_in_call'],
  },
  resume: {
    summary: 'Asks for the call as it is now, and for the notices since an event that the device has seen.',
    notes: [
      'call is null when the call is over for this device; the last notice is then its callEnded.',
      'Of many missed notices the latest are told. Those before the own invitation are not.',
      'mediaType in a missed callChanged is the one of now, and so are names and pictures.',
    ],
    params: Type.Object({ callId: callIdText, eventSeq }),
    result: Type.Object({
      call: Type.Union([callViewSchema, Type.Null()], { description: 'the call, or null' }),
      notices: Type.Array(
        Type.Union([
          Type.Object({ method: Type.Literal('callChanged'), params: signallingNotices.callChanged.params }),
          Type.Object({ method: Type.Literal('callEnded'), params: signallingNotices.callEnded.params }),
        ]),
        { description: 'what was missed, in order' },
      ),
    }),
    errors: ['not_signed_in', 'no_such_call', 'not_in_call'],
  },
  signal: {
    summary: 'Passes data to the device of another member of the call, or to its media service; both must be in it.',
    notes: [
      'With an empty to, data goes to the media service of the call and is one of the messages of [Media](media.md).',
      'Media data that does not fit is refused with bad_params, and data.field names it: data.sdp.',
    ],
    params: Type.Object({
      callId: callIdText,
      to: Type.Union([userIdText, Type.Literal('')], {
        description: 'the user id of a member, or empty for the media service',
      }),
      data: Type.Unknown({
        description: `any JSON value of at most ${bounds.signalBytes} bytes, to the media service ${bounds.mediaBytes}`,
      }),
    }),
    result: nothing,
    errors: ['not_signed_in', 'no_such_call', 'call_ended', 'not_in_call', 'answered_elsewhere'],
  },
  profile: {
    summary: 'Looks up names and pictures of users.',
    notes: ['Users who do not exist are left out.'],
    params: Type.Object({
      userIds: Type.Array(userIdText, {
        description: `a list of at most ${bounds.profilesPerRequest} user ids`,
        maxItems: bounds.profilesPerRequest,
      }),
    }),
    result: Type.Array(
      Type.Object({
        userId: Type.String({ description: 'the user' }),
        nick: Type.String({ description: 'the name; empty when none was set' }),
        avatar: Type.String({ description: 'the URL of the picture; empty when none was set' }),
      }),
      { description: 'the users that exist, in the order asked for' },
    ),
    errors: ['not_signed_in'],
  },
  setProfile: {
    summary: 'Sets the own name and picture.',
    notes: ['What is left out stays as it is. Others see it with the next call.'],
    params: Type.Object({
      nick: Type.Optional(
        Type.String({ description: `a name of at most ${bounds.nickBytes} bytes`, maxLength: bounds.nickBytes }),
      ),
      avatar: Type.Optional(
        Type.String({
          description: `the URL of a picture, at most ${bounds.avatarBytes} bytes`,
          maxLength: bounds.avatarBytes,
        }),
      ),
    }),
    result: Type.Object({
      nick: Type.String({ description: 'the own name; empty when none was set' }),
      avatar: Type.String({ description: 'the URL of the own picture; empty when none was set' }),
    }),
    errors: ['not_signed_in', 'bad_signature'],
  },
  pushProviders: {
    summary: 'Lists what the application sends pushes with.',
    params: nothing,
    result: Type.Object({
      providers: Type.Array(
        Type.Object({
          name: Type.String({ description: 'its name, for registerPush' }),
          kind: Type.String({ description: 'webhook, web-push, fcm or apns' }),
          publicKey: Type.Optional(Type.String({ description: 'of web-push: the applicationServerKey of browsers' })),
        }),
        { description: 'in the order of their names; empty when the application has none' },
      ),
    }),
    errors: ['not_signed_in'],
  },
  registerPush: {
    summary: 'Registers this device for pushes, so that it can be rung while the app is not running.',
    notes: [
      'A device has one token for each provider and channel; a newer one takes its place.',
      `A token that another device or user had is taken from them. Of one user the newest ${bounds.pushTokensPerUser} are kept.`,
      'signOut, a kick and the end of the account take them away; so does the provider when it says that they are void.',
    ],
    params: Type.Object({
      provider: pushProviderName,
      token: Type.String({
        description: `what the push service knows the device by, at most ${bounds.pushTokenBytes} bytes: the token of FCM, the hex of APNs, for web-push the JSON of the PushSubscription, for webhook any text`,
        minLength: 1,
        maxLength: bounds.pushTokenBytes,
      }),
      channel: Type.Optional(pushChannelWord),
    }),
    result: nothing,
    errors: ['not_signed_in', 'bad_signature'],
  },
  unregisterPush: {
    summary: 'Takes this device out of pushes.',
    params: Type.Object({ provider: Type.Optional(pushProviderName) }),
    result: nothing,
    errors: ['not_signed_in'],
  },
  group: {
    summary: 'Looks up a group that this user is in.',
    notes: ['A group that the user is not in is refused like one that does not exist.'],
    params: Type.Object({ groupId: groupIdText }),
    result: Type.Object({
      groupId: Type.String({ description: 'the group' }),
      name: Type.String({ description: 'its name' }),
      avatar: Type.String({ description: 'the URL of its picture; empty when none was set' }),
      owner: Type.String({ description: 'whose it is; empty when nobody owns it' }),
      type: Type.Enum([...groupTypes], { description: 'what kind of group it is' }),
      memberCount: Type.Integer({ description: 'how many members it has, the owner included' }),
      role: groupRole,
    }),
    errors: ['not_signed_in', 'not_allowed'],
  },
  groupMembers: {
    summary: 'Lists the members of a group that this user is in.',
    notes: ['In the order of joining.'],
    params: Type.Object({
      groupId: groupIdText,
      offset: Type.Optional(
        Type.Integer({ description: 'how many are left out at the beginning', minimum: 0, maximum: 1_000_000 }),
      ),
      limit: Type.Optional(
        Type.Integer({
          description: `how many at most: 1 to ${bounds.profilesPerRequest}`,
          minimum: 1,
          maximum: bounds.profilesPerRequest,
          default: bounds.profilesPerRequest,
        }),
      ),
    }),
    result: Type.Object({
      total: Type.Integer({ description: 'all members' }),
      members: Type.Array(
        Type.Object({
          userId: Type.String({ description: 'the member' }),
          nick: Type.String({ description: 'the name; empty when none was set' }),
          avatar: Type.String({ description: 'the URL of the picture; empty when none was set' }),
          role: groupRole,
        }),
        { description: 'the page' },
      ),
    }),
    errors: ['not_signed_in', 'not_allowed'],
  },
  createGroup: {
    summary: 'Makes a group, which is this user’s.',
    notes: ['Users who do not exist are left out.'],
    params: Type.Object({
      type: Type.Enum(['Private', 'Public', 'ChatRoom'], { description: 'Private, Public or ChatRoom' }),
      name: Type.String({
        description: `a name of 1 to ${bounds.groupNameBytes} bytes`,
        minLength: 1,
        maxLength: bounds.groupNameBytes,
      }),
      groupId: Type.Optional(groupIdText),
      members: Type.Optional(
        Type.Array(userIdText, {
          description: `a list of at most ${bounds.groupNewMembers} user ids`,
          maxItems: bounds.groupNewMembers,
        }),
      ),
    }),
    result: Type.Object({ groupId: Type.String({ description: 'the group' }) }),
    errors: ['not_signed_in', 'bad_signature', 'not_allowed'],
  },
} as const satisfies Record<string, RequestDeclaration>;

export type RequestMethod = keyof typeof signallingRequests;
export type RequestParams<M extends RequestMethod> = Static<(typeof signallingRequests)[M]['params']>;
export type RequestResult<M extends RequestMethod> = Static<(typeof signallingRequests)[M]['result']>;
