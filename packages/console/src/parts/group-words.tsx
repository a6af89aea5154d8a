import type { GroupRole, GroupType } from 'ringback-protocol';
import { say } from '../lib/say.ts';

/** The type of a group in words; the API's own word for it stands beside it for who points at it. */
export const GroupKind = ({ type }: { readonly type: GroupType }) => (
  <span title={type}>{say(`groupType_${type}`)}</span>
);

/** What a member is in a group. */
export const groupRole = (role: GroupRole): string => say(`groupRole_${role}`);
