import { userId } from 'ringback-protocol';
import type { SignallingRequest } from './request.ts';

/** `profile`: names and pictures of users. */
export const profile: SignallingRequest<'profile'> = {
  method: 'profile',
  needs: 'signIn',
  handle: async ({ services, app }, params, answer) => {
    const asked = params.userIds.map(userId);
    const accounts = await services.accounts.find(app.sdkAppId, asked);
    const found = [];
    for (const one of asked) {
      const account = accounts.get(one);
      if (account !== undefined) found.push({ userId: one, nick: account.nick, avatar: account.avatar });
    }
    answer(found);
  },
};
