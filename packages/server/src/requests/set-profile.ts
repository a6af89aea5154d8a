import { bounds } from 'ringback-protocol';
import { textOf } from './form.ts';
import type { SignallingRequest } from './request.ts';

/** `setProfile`: the own name and picture. */
export const setProfile: SignallingRequest<'setProfile'> = {
  method: 'setProfile',
  needs: 'signature',
  handle: async ({ services, app, me }, { nick, avatar }, answer) => {
    const account = await services.accounts.save(app.sdkAppId, me.userId, {
      ...(nick !== undefined && { nick: textOf('nick', nick, bounds.nickBytes) }),
      ...(avatar !== undefined && { avatar: textOf('avatar', avatar, bounds.avatarBytes) }),
    });
    answer({ nick: account.nick, avatar: account.avatar });
  },
};
