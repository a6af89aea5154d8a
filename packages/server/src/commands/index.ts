import { deleteCallback } from './call_config/delete_callback.ts';
import { getCallback } from './call_config/get_callback.ts';
import { setCallback } from './call_config/set_callback.ts';
import { endCall } from './call_engine_http_srv/end_call.ts';
import { getCallInfo } from './call_engine_http_srv/get_call_info.ts';
import { startCallByRobot } from './call_engine_http_srv/start_call_by_robot.ts';
import { getRecordByCallId } from './call_record_http_srv/get_record_by_callid.ts';
import { getRecordByFilter } from './call_record_http_srv/get_record_by_filter.ts';
import type { Command } from './command.ts';

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
];
