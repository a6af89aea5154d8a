import { memberOf } from 'ringback-engine';
import { ifOver } from '../calls/removal.ts';
import type { App } from '../ports/apps.ts';
import type { Identity, RequestServices } from '../requests/request.ts';

/** The device of a user who was kicked, as it was signed in. */
export interface KickedDevice {
  readonly app: App;
  readonly me: Identity;
  readonly clientIp: string;
  /** ms; when it had signed in. */
  readonly since: number;
}

/**
 * Takes the device of a user who was kicked out of its call. Whoever kicks does so as well, but sees no call that the device was about
 * to begin or to join, nor one that its node wrote before it heard of the kick. A user who has come back since goes on, with whichever
 * device: as presence tells, or, while Redis is away and presence knows the devices of this node only, as the node tells that has
 * written the call or heard the device in it.
 */
export async function leaveKicked(
  { calls, presence }: Pick<RequestServices, 'calls' | 'presence'>,
  { app, me, clientIp, since }: KickedDevice,
): Promise<void> {
  const { sdkAppId, userId, device, platform } = me;
  const call = await calls.callOf(app, userId);
  const member = call === undefined ? undefined : memberOf(call, userId);
  if (call === undefined || member?.status !== 'Calling' || member.device !== device) return;
  const devices = (await presence.devices(sdkAppId, [userId])).get(userId) ?? [];
  if (devices.some((one) => one.device === device && one.since > since)) return;
  if (await calls.isKeptElsewhere(call, userId)) return;
  const origin = { clientIp, platform };
  const cause = { cause: 'device', actor: userId, device, requestId: '', origin } as const;
  await calls.apply(app, call.callId, { type: 'removed', userId }, cause).catch(ifOver);
}
