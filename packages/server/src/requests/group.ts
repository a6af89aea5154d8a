import { groupId } from 'ringback-protocol';
import { ownGroup } from './own-group.ts';
import type { SignallingRequest } from './request.ts';

/** `group`: a group that the user is in. */
export const group: SignallingRequest<'group'> = {
  method: 'group',
  needs: 'signIn',
  handle: async (context, params, answer) => {
    const { group: found, member } = await ownGroup(context, groupId(params.groupId));
    answer({
      groupId: found.groupId,
      name: found.name,
      avatar: found.faceUrl,
      owner: found.owner,
      type: found.type,
      memberCount: found.memberCount,
      role: member.role,
    });
  },
};
