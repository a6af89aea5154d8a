import { bounds, groupId, Refusal, serverGroupPrefix, userId } from 'ringback-protocol';
import { newGroup } from '../calls/new-group.ts';
import { textOf } from './form.ts';
import type { SignallingRequest } from './request.ts';

/** `createGroup`: a group of the user’s own. */
export const createGroup: SignallingRequest<'createGroup'> = {
  method: 'createGroup',
  needs: 'signature',
  handle: async ({ services, app, me }, params, answer) => {
    const name = textOf('name', params.name, bounds.groupNameBytes);
    if (params.groupId?.startsWith(serverGroupPrefix) === true) {
      throw new Refusal('frame_bad_params', `groupId must not begin with ${serverGroupPrefix}`, 'groupId');
    }
    const others = new Set((params.members ?? []).map(userId));
    others.delete(me.userId);
    const accounts = await services.accounts.find(app.sdkAppId, [...others]);
    if (accounts.size >= app.settings.groupMembers) {
      throw new Refusal(
        'group_too_many_members',
        `A group has at most ${app.settings.groupMembers} members`,
        'members',
      );
    }
    const made = await services.groups.create(
      app.sdkAppId,
      {
        ...newGroup(params.type, app.settings.groupMembers),
        name,
        owner: me.userId,
        members: [...accounts.keys()].map((one) => ({ userId: one, role: 'Member', nameCard: '', data: {} })),
        ...(params.groupId !== undefined && { groupId: groupId(params.groupId) }),
      },
      app.settings.groupsJoined,
    );
    answer({ groupId: made.groupId });
  },
};
