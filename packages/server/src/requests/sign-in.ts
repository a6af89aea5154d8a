import { type Call, memberOf } from 'ringback-engine';
import {
  bounds,
  closeCodes,
  type DeviceId,
  deviceId,
  Refusal,
  sdkAppId,
  signallingErrorName,
  userId,
} from 'ringback-protocol';
import { isRevoked } from '../auth/verify.ts';
import { callView } from '../calls/call-view.ts';
import { kickedOutFrame } from '../calls/kicked-out.ts';
import { noticeFrame } from '../calls/notice-frame.ts';
import { ifOver } from '../calls/removal.ts';
import type { App } from '../ports/apps.ts';
import { type Clock, clocksDiffer } from '../ports/clock.ts';
import type { Authenticated, Credentials, Identity, OpenContext, SignallingRequest } from './request.ts';

/** ms that a sign-in waits at most until it hears other nodes: where their bus hangs, devices are needed all the same. */
const patience = 500;

/** `signIn`: a device becomes a user's. A user who is being called meanwhile is rung at once. */
export const signIn: SignallingRequest<'signIn'> = {
  method: 'signIn',
  needs: 'nothing',
  handle: async (context, params, answer) => {
    const { services, session } = context;
    const me: Identity = {
      sdkAppId: sdkAppId(params.sdkAppId),
      userId: userId(params.userId),
      device: deviceId(params.deviceId),
      platform: params.platform,
    };
    const renewing = session.identity !== undefined;
    if (session.identity !== undefined && !isSame(session.identity, me)) {
      throw new Refusal('not_allowed', 'This socket is signed in as another user or device; open another one.');
    }
    const { app, ...validity } = await authenticate(context, {
      sdkAppId: me.sdkAppId,
      userId: me.userId,
      userSig: params.userSig,
      clientIp: session.clientIp,
      origin: session.origin,
    });
    const { issuedAt } = validity;
    const account = await services.accounts.ensure(app.sdkAppId, me.userId, issuedAt);
    if (!session.isOpen) return;
    if (isRevoked(issuedAt, services.accounts.revokedAt(app.sdkAppId, me.userId))) {
      // Kicked a moment ago: the kick could not find this device yet.
      if (!renewing) session.refuse();
      throw new Refusal('usersig_revoked');
    }
    if (renewing) session.renew(validity);
    else {
      const followed = session.enter(me, validity);
      if (app.settings.multiDevice === 'single') await kickSamePlatform(context, app, me);
      // Whoever rings from here on is heard; who has rung before is found below.
      if (followed !== undefined) await within(followed, services.clock);
    }

    const call = await services.calls.callOf(app, me.userId);
    const member = call === undefined ? undefined : memberOf(call, me.userId);
    const holds = member?.status === 'Calling' && member.device === me.device;
    const rings = member?.status === 'Waiting';
    // It may be at another node by now, whose it is then.
    if (!session.isOpen) return;
    if (call !== undefined && holds) await services.calls.keep(call, me.userId, me.device);
    session.pingMs = holds ? bounds.pingInCall : bounds.pingIdle;
    answer({
      serverTime: services.clock.now(),
      pingMs: session.pingMs,
      leaseMs: bounds.lease,
      user: { nick: account.nick, avatar: account.avatar },
      ...(call === undefined ? {} : { call: callView(call, me.userId) }),
      callHere: holds || rings,
    });
    if (call !== undefined && (holds || rings)) services.catchUp?.signedIn(me.userId, call);
    session.release(call !== undefined && rings ? ringOf(call, me) : undefined);
  },
};

const isSame = (one: Identity, other: Identity): boolean =>
  one.sdkAppId === other.sdkAppId && one.userId === other.userId && one.device === other.device;

const ringOf = (call: Call, me: Identity) => ({
  callId: call.callId,
  frame: noticeFrame({ method: 'callReceived', call, userId: me.userId }),
});

async function within(promise: Promise<void>, clock: Clock): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.timer(patience, resolve);
  });
  await Promise.race([promise, late]);
  cancel();
}

/** A wrong signature costs the socket, unless a call may still need it. */
async function authenticate({ services, session }: OpenContext, credentials: Credentials): Promise<Authenticated> {
  try {
    return await services.authenticate(credentials);
  } catch (error) {
    const refused = error instanceof Refusal && signallingErrorName(error.reason) === 'bad_signature';
    if (refused && session.identity === undefined) session.refuse();
    throw error;
  }
}

/**
 * One device of a platform only: the others leave their call and are signed out. The list may be behind, so a device that is in it
 * may have moved to another node since. It goes all the same when it moved before this sign-in, and stays when it moved after: then
 * it finds this one. Sign-ins are compared as they are said, by time and then by device, and not as clocks may differ: all nodes see
 * the same numbers, and an allowance would let two that come within it send each other away.
 */
async function kickSamePlatform(context: OpenContext, app: App, me: Identity): Promise<void> {
  const { services, session } = context;
  const devices = (await services.presence.devices(app.sdkAppId, [me.userId])).get(me.userId) ?? [];
  const same = devices.filter(({ platform }) => platform === me.platform);
  const own = same.findIndex(({ device }) => device === me.device);
  const since = same[own]?.since;
  if (since === undefined || !session.isOpen) return;
  // Who finds a newer one goes itself: that one may have looked before this one was to be seen.
  const isLast = own === same.length - 1;
  for (const listed of same.slice(0, isLast ? own : own + 1)) {
    const before = listed.device < me.device ? since : since - 1;
    await kick(context, app, me, listed.device, Math.max(listed.since, before));
  }
}

/** Signs another device of the user out, or this one, unless it has signed in after `until` (ms) by its own word. */
async function kick(context: OpenContext, app: App, me: Identity, device: DeviceId, until: number): Promise<void> {
  const { bus, calls } = context.services;
  const { userId } = me;
  const call = await calls.callOf(app, userId);
  const member = call === undefined ? undefined : memberOf(call, userId);
  const holds = member?.status === 'Calling' && member.device === device;
  // Whoever is spared below keeps its call, too.
  if (call !== undefined && holds && !(await hasMoved(context, app, me, device, until))) {
    const origin = { clientIp: context.session.clientIp, platform: me.platform };
    const cause = { cause: 'device', actor: userId, device: me.device, requestId: context.requestId, origin } as const;
    await calls.apply(app, call.callId, { type: 'signOut', userId, device }, cause).catch(ifOver);
  }
  const { code } = closeCodes.newerSignIn;
  bus.disconnect(app.sdkAppId, { userId, device }, code, kickedOutFrame('newerSignIn'), until - clocksDiffer);
}

/** Whether a device of the user has signed in after `until` (ms), as far as is known by now. */
async function hasMoved(
  { services }: OpenContext,
  app: App,
  { userId }: Identity,
  device: DeviceId,
  until: number,
): Promise<boolean> {
  const devices = (await services.presence.devices(app.sdkAppId, [userId])).get(userId) ?? [];
  return devices.some((one) => one.device === device && one.since > until);
}
