import { bounds, type InviteOption, type JoinOption, Refusal } from 'ringback-protocol';
import type { GroupSettings } from '../../ports/groups.ts';
import { checkBytes } from '../fields.ts';
import { readData } from './group-fields.ts';

interface Wanted {
  readonly Name?: string;
  readonly Introduction?: string;
  readonly Notification?: string;
  readonly FaceUrl?: string;
  readonly MaxMemberCount?: number;
  readonly MaxMemberNum?: number;
  readonly ApplyJoinOption?: JoinOption;
  readonly InviteJoinOption?: InviteOption;
  readonly AppDefinedData?: readonly { readonly Key: string; readonly Value: string }[];
}

/** What a body sets about a group; only what it names. `most`: how many members such a group can have at most. */
export function readSettings(body: Wanted, most: number): Partial<GroupSettings> {
  const { Name, Introduction, Notification, FaceUrl, ApplyJoinOption, InviteJoinOption, AppDefinedData } = body;
  if (Name === '') throw new Refusal('bad_params', 'Name must not be empty', 'Name');
  if (Name !== undefined) checkBytes(Name, bounds.groupNameBytes, 'Name');
  if (Introduction !== undefined) checkBytes(Introduction, bounds.groupIntroductionBytes, 'Introduction');
  if (Notification !== undefined) checkBytes(Notification, bounds.groupNotificationBytes, 'Notification');
  if (FaceUrl !== undefined) checkBytes(FaceUrl, bounds.groupFaceUrlBytes, 'FaceUrl');
  const maxMembers = body.MaxMemberNum ?? body.MaxMemberCount;
  if (maxMembers !== undefined && maxMembers > most) {
    const field = body.MaxMemberNum === undefined ? 'MaxMemberCount' : 'MaxMemberNum';
    throw new Refusal('group_too_many_members', `${field} must be at most ${most}`, field);
  }
  return {
    ...(Name !== undefined && { name: Name }),
    ...(Introduction !== undefined && { introduction: Introduction }),
    ...(Notification !== undefined && { notification: Notification }),
    ...(FaceUrl !== undefined && { faceUrl: FaceUrl }),
    ...(maxMembers !== undefined && { maxMembers }),
    ...(ApplyJoinOption !== undefined && { applyJoin: ApplyJoinOption }),
    ...(InviteJoinOption !== undefined && { inviteJoin: InviteJoinOption }),
    ...(AppDefinedData !== undefined && { data: readData(AppDefinedData, 'AppDefinedData') }),
  };
}
