import { bounds, Refusal } from 'ringback-protocol';
import { textOf } from './form.ts';
import type { SignallingRequest } from './request.ts';

/** `setProfile`: the own name and picture. */
export const setProfile: SignallingRequest<'setProfile'> = {
  method: 'setProfile',
  needs: 'signature',
  handle: async ({ services, app, me }, { nick, avatar }, answer) => {
    const account = await services.accounts.change(app.sdkAppId, me.userId, () => ({
      ...(nick !== undefined && { nick: textOf('nick', nick, bounds.nickBytes) }),
      ...(avatar !== undefined && { avatar: textOf('avatar', avatar, bounds.avatarBytes) }),
    }));
    // It has been deleted, and this socket is about to be closed.
    if (account === undefined) throw new Refusal('usersig_revoked');
    answer({ nick: account.nick, avatar: account.avatar });
  },
};
