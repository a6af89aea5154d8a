import { bounds, isUserId, Refusal, type SdkAppId } from 'ringback-protocol';
import { makeUserSig } from '../auth/usersig.ts';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';

/** s. */
const lifetime = 86_400;

/**
 * Signs for anybody, for the demo page of development mode: `?user=alice`. In production it is the customer's own server that
 * knows its users and signs for them.
 */
export const demoSign =
  (apps: Apps, clock: Clock, app: SdkAppId) =>
  (query: URLSearchParams): object => {
    const user = query.get('user') ?? '';
    if (!isUserId(user)) {
      throw new Refusal('bad_params', `user must be 1 to ${bounds.userIdBytes} printable ASCII characters`, 'user');
    }
    const found = apps.get(app);
    const key = found?.keys.at(-1)?.secret;
    // A page in the browser of a developer must not get at what only an administrator may do.
    if (found?.admins.includes(user)) {
      throw new Refusal('bad_params', `${user} is an administrator, whom this page does not sign for`, 'user');
    }
    if (key === undefined) throw new Refusal('app_unknown', `There is no application ${app}.`);
    const now = Math.floor(clock.now() / 1000);
    return {
      sdkAppId: app,
      userId: user,
      userSig: makeUserSig({ sdkAppId: app, userId: user, key, expire: lifetime, now }),
    };
  };
