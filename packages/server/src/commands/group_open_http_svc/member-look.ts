import type { App } from '../../ports/apps.ts';
import type { GroupMember } from '../../ports/groups.ts';
import type { Presence } from '../../ports/presence.ts';
import { filterOf, type MemberLook } from './group-view.ts';

/** What a list of members shows, by the filters of a request. */
export async function memberLook(
  presence: Presence,
  app: App,
  members: readonly GroupMember[],
  filter: {
    readonly MemberInfoFilter?: readonly string[];
    readonly AppDefinedDataFilter_GroupMember?: readonly string[];
  },
): Promise<MemberLook> {
  const words = filterOf(filter.MemberInfoFilter);
  const dataKeys = filterOf(filter.AppDefinedDataFilter_GroupMember);
  if (words?.includes('OnlineStatus') !== true) return { words, dataKeys };
  const devices = await presence.devices(
    app.sdkAppId,
    members.map(({ userId }) => userId),
  );
  return { words, dataKeys, online: new Set(devices.keys()) };
}
