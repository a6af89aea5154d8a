import { closeCodes, type KickReason, Refusal, type UserId } from 'ringback-protocol';
import type { Accounts } from '../ports/accounts.ts';
import type { App } from '../ports/apps.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Groups } from '../ports/groups.ts';
import type { PushDesk } from '../ports/push.ts';
import type { Calls } from './calls.ts';
import { kickedOutFrame } from './kicked-out.ts';
import type { Cause } from './requests.ts';

/** Takes users out: of their call at once, off their sockets, and their signatures with them. */
export interface Removal {
  /** Voids the signatures made so far; newer ones are good. */
  kick(app: App, userId: UserId, cause: Cause): Promise<void>;
  /** Ends the account, with its profile and its places in groups. */
  remove(app: App, userId: UserId, cause: Cause): Promise<void>;
}

export function makeRemoval(options: {
  readonly accounts: Accounts;
  readonly groups: Pick<Groups, 'forget'>;
  readonly calls: Calls;
  readonly bus: Bus;
  readonly push: Pick<PushDesk, 'unregister'>;
  readonly clock: Clock;
}): Removal {
  const { accounts, groups, calls, bus, push, clock } = options;
  const nowS = (): number => Math.floor(clock.now() / 1000);

  async function leaveCall(app: App, userId: UserId, cause: Cause): Promise<void> {
    const seat = await calls.seatOf(app, userId);
    if (seat !== undefined) await calls.apply(app, seat.callId, { type: 'removed', userId }, cause).catch(ifOver);
  }

  /** After the signatures are void, so that no device comes back with an old one. */
  async function cutOff(app: App, userId: UserId, reason: KickReason, cause: Cause): Promise<void> {
    await leaveCall(app, userId, cause);
    bus.disconnect(app.sdkAppId, { userId }, closeCodes.kicked.code, kickedOutFrame(reason), clock.now());
    // Until then a device could begin another call.
    await leaveCall(app, userId, cause);
    // Last, so that what rings by push can still be told to stop.
    await push.unregister(app.sdkAppId, userId);
  }

  return {
    kick: async (app, userId, cause) => {
      await accounts.revoke(app.sdkAppId, userId, nowS());
      await cutOff(app, userId, 'kicked', cause);
    },
    remove: async (app, userId, cause) => {
      // Its groups come first: should the process die in between, the account is still there to be deleted again. They
      // come last too, because somebody may have put it into one meanwhile.
      await groups.forget(app.sdkAppId, userId);
      await accounts.remove(app.sdkAppId, userId, nowS());
      await Promise.all([cutOff(app, userId, 'deleted', cause), groups.forget(app.sdkAppId, userId)]);
    },
  };
}

/** That the call has ended or moved on meanwhile is as good. */
export function ifOver(error: unknown): void {
  if (!(error instanceof Refusal) || error.reason === 'internal') throw error;
}
