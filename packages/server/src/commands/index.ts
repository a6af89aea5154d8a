import { deleteCallback } from './call_config/delete_callback.ts';
import { getCallback } from './call_config/get_callback.ts';
import { setCallback } from './call_config/set_callback.ts';
import { endCall } from './call_engine_http_srv/end_call.ts';
import { getCallInfo } from './call_engine_http_srv/get_call_info.ts';
import { startCallByRobot } from './call_engine_http_srv/start_call_by_robot.ts';
import { getRecordByCallId } from './call_record_http_srv/get_record_by_callid.ts';
import { getRecordByFilter } from './call_record_http_srv/get_record_by_filter.ts';
import type { Command } from './command.ts';
import { addGroupMember } from './group_open_http_svc/add_group_member.ts';
import { changeGroupOwner } from './group_open_http_svc/change_group_owner.ts';
import { createGroup } from './group_open_http_svc/create_group.ts';
import { deleteGroupMember } from './group_open_http_svc/delete_group_member.ts';
import { destroyGroup } from './group_open_http_svc/destroy_group.ts';
import { getAppidGroupList } from './group_open_http_svc/get_appid_group_list.ts';
import { getGroupInfo } from './group_open_http_svc/get_group_info.ts';
import { getGroupMemberInfo } from './group_open_http_svc/get_group_member_info.ts';
import { getJoinedGroupList } from './group_open_http_svc/get_joined_group_list.ts';
import { getRoleInGroup } from './group_open_http_svc/get_role_in_group.ts';
import { getSpecifiedGroupMemberInfo } from './group_open_http_svc/get_specified_group_member_info.ts';
import { modifyGroupBaseInfo } from './group_open_http_svc/modify_group_base_info.ts';
import { accountCheck } from './im_open_login_svc/account_check.ts';
import { accountDelete } from './im_open_login_svc/account_delete.ts';
import { accountImport } from './im_open_login_svc/account_import.ts';
import { kick } from './im_open_login_svc/kick.ts';
import { multiaccountImport } from './im_open_login_svc/multiaccount_import.ts';
import { queryOnlineStatus } from './openim/query_online_status.ts';
import { portraitGet } from './profile/portrait_get.ts';
import { portraitSet } from './profile/portrait_set.ts';
import { deleteDeviceToken } from './push_http_srv/delete_device_token.ts';
import { getDeviceTokens } from './push_http_srv/get_device_tokens.ts';
import { setDeviceToken } from './push_http_srv/set_device_token.ts';
import { deleteLegacyCallback } from './v1/callback/delete.ts';
import { getLegacyCallback } from './v1/callback/get.ts';
import { setLegacyCallback } from './v1/callback/set.ts';
import { updateLegacyCallback } from './v1/callback/update.ts';
import { legacyRecordByCallId } from './v1/records/get_record_by_callId.ts';
import { legacyRecordsByFilter } from './v1/records/get_records_by_filter.ts';

/** The list of REST commands. Routes, limits, metrics, documents and the command line read it. */
export const commands: readonly Command[] = [
  getCallInfo,
  startCallByRobot,
  endCall,
  getRecordByCallId,
  getRecordByFilter,
  setCallback,
  getCallback,
  deleteCallback,
  accountImport,
  multiaccountImport,
  accountDelete,
  accountCheck,
  kick,
  queryOnlineStatus,
  portraitSet,
  portraitGet,
  getAppidGroupList,
  createGroup,
  getGroupInfo,
  getGroupMemberInfo,
  getSpecifiedGroupMemberInfo,
  addGroupMember,
  deleteGroupMember,
  modifyGroupBaseInfo,
  changeGroupOwner,
  destroyGroup,
  getJoinedGroupList,
  getRoleInGroup,
  setDeviceToken,
  deleteDeviceToken,
  getDeviceTokens,
  legacyRecordByCallId,
  legacyRecordsByFilter,
  setLegacyCallback,
  getLegacyCallback,
  updateLegacyCallback,
  deleteLegacyCallback,
];
