import { deleteCallback } from './call_config/delete_callback.ts';
import { getCallback } from './call_config/get_callback.ts';
import { setCallback } from './call_config/set_callback.ts';
import { endCall } from './call_engine_http_srv/end_call.ts';
import { getCallInfo } from './call_engine_http_srv/get_call_info.ts';
import { startCallByRobot } from './call_engine_http_srv/start_call_by_robot.ts';
import { getRecordByCallId } from './call_record_http_srv/get_record_by_callid.ts';
import { getRecordByFilter } from './call_record_http_srv/get_record_by_filter.ts';
import type { Command } from './command.ts';
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
  legacyRecordByCallId,
  legacyRecordsByFilter,
  setLegacyCallback,
  getLegacyCallback,
  updateLegacyCallback,
  deleteLegacyCallback,
];
