import { bounds, groupId } from 'ringback-protocol';
import { ownGroup } from './own-group.ts';
import type { SignallingRequest } from './request.ts';

/** `groupMembers`: who is in a group that the user is in. */
export const groupMembers: SignallingRequest<'groupMembers'> = {
  method: 'groupMembers',
  needs: 'signIn',
  handle: async (context, { offset = 0, limit = bounds.profilesPerRequest, ...params }, answer) => {
    const { services, app } = context;
    const { group } = await ownGroup(context, groupId(params.groupId));
    const page = await services.groups.members(app.sdkAppId, group.groupId, { offset, limit });
    const accounts = await services.accounts.find(
      app.sdkAppId,
      page.map(({ userId }) => userId),
    );
    answer({
      total: group.memberCount,
      members: page.map(({ userId, role }) => {
        const { nick, avatar } = accounts.get(userId) ?? { nick: '', avatar: '' };
        return { userId, nick, avatar, role };
      }),
    });
  },
};
