import { type GroupId, Refusal } from 'ringback-protocol';
import type { Group, GroupMember } from '../ports/groups.ts';
import type { SignedInContext } from './request.ts';

/** A group and the own membership. Refuses those of others as if they did not exist: their ids may be easy to guess. */
export async function ownGroup(
  { services, app, me }: SignedInContext,
  groupId: GroupId,
): Promise<{ readonly group: Group; readonly member: GroupMember }> {
  const group = await services.groups.get(app.sdkAppId, groupId);
  const member = (await services.groups.membersAmong(app.sdkAppId, groupId, [me.userId])).get(me.userId);
  if (group === undefined || member === undefined) {
    throw new Refusal('not_allowed', 'There is no such group, or this user is not in it.', 'groupId');
  }
  return { group, member };
}
