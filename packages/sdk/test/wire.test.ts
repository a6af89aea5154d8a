import {
  type NoticeMethod,
  type RequestMethod,
  type RequestResult,
  signallingNotices,
  signallingRequests,
} from 'ringback-protocol';
import type { Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Method, Notices, Results } from '../src/base/wire.ts';

/** Of both without regard to what may not be changed, and to how optional members are written. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { [K in keyof T]: Plain<Exclude<T[K], undefined>> }
    : T;
type Item<T> = T extends readonly (infer One)[] ? One : T;
/** `true` where what the server sends fits, and neither has a member that the other lacks; else the lists do not compile. */
type Fits<Sent, Believed> = [Sent] extends [Believed]
  ? [keyof Item<Believed>] extends [keyof Item<Sent>]
    ? [keyof Item<Sent>] extends [keyof Item<Believed>]
      ? true
      : never
    : never
  : never;

/** What the SDK believes each answer to be is what the schema says. `npm run check` compiles this. */
const results: { readonly [M in RequestMethod & Method]: Fits<Plain<RequestResult<M>>, Plain<Results[M]>> } = {
  signIn: true,
  signOut: true,
  call: true,
  ringing: true,
  accept: true,
  reject: true,
  ignore: true,
  hangUp: true,
  invite: true,
  join: true,
  findCall: true,
  switchMedia: true,
  ping: true,
  resume: true,
  signal: true,
  profile: true,
  setProfile: true,
  pushProviders: true,
  registerPush: true,
  unregisterPush: true,
  group: true,
  groupMembers: true,
  createGroup: true,
};

type NoticeParams<M extends NoticeMethod> = Static<(typeof signallingNotices)[M]['params']>;
const notices: { readonly [M in NoticeMethod & keyof Notices]: Fits<Plain<NoticeParams<M>>, Plain<Notices[M]>> } = {
  callReceived: true,
  callChanged: true,
  callEnded: true,
  signal: true,
  media: true,
  kickedOut: true,
  sigExpired: true,
};

describe('the words of the protocol that the SDK has for itself', () => {
  it('are those of every request and every notice', () => {
    expect(Object.keys(results).sort()).toEqual(Object.keys(signallingRequests).sort());
    expect(Object.keys(notices).sort()).toEqual(Object.keys(signallingNotices).sort());
  });
});
