import type { App } from '../../ports/apps.ts';
import type { GroupMember } from '../../ports/groups.ts';
import type { Presence } from '../../ports/presence.ts';
import { filterOf, type MemberFilter, type MemberLook } from './group-view.ts';

/** What a request wants to see of members, by its filters. */
export const memberFilter = (body: {
  readonly MemberInfoFilter?: readonly string[];
  readonly AppDefinedDataFilter_GroupMember?: readonly string[];
}): MemberFilter => ({
  words: filterOf(body.MemberInfoFilter),
  dataKeys: filterOf(body.AppDefinedDataFilter_GroupMember),
});

/** What a list of members shows. */
export async function memberLook(
  presence: Presence,
  app: App,
  members: readonly GroupMember[],
  filter: MemberFilter,
): Promise<MemberLook> {
  if (filter.words?.has('OnlineStatus') !== true) return filter;
  const devices = await presence.devices(
    app.sdkAppId,
    members.map(({ userId }) => userId),
  );
  return { ...filter, online: new Set(devices.keys()) };
}
