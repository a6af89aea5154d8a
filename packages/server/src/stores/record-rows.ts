import type { CallRecord } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { HistoryEntry } from '../ports/store.ts';
import type { Schema } from './schema.ts';

/** The columns of `records`. */
export const recordColumns = `app, started_at_s, call_id, started_at, accepted_at, ended_at, caller, media_type, call_type, result,
  members, room_id, room_id_type, chat_group_id`;

/** The columns of `history` that an entry is made of. */
export const historyColumns = 'seq, event_seq, at, type, cause, actor, device, request_id, events';

/** A row of `records` as the port has it. */
export const recordOf = (row: Schema['records']): CallRecord => ({
  app: row.app as SdkAppId,
  callId: row.call_id as CallId,
  caller: row.caller as CallRecord['caller'],
  mediaType: row.media_type as CallRecord['mediaType'],
  callType: row.call_type as CallRecord['callType'],
  startedAt: row.started_at,
  acceptedAt: row.accepted_at,
  endedAt: row.ended_at,
  result: row.result as CallRecord['result'],
  members: JSON.parse(row.members) as CallRecord['members'],
  roomId: row.room_id,
  roomIdType: row.room_id_type as CallRecord['roomIdType'],
  chatGroupId: row.chat_group_id,
});

/** A row of `history` as the port has it. */
export const historyOf = (row: Schema['history']): HistoryEntry => ({
  seq: row.seq,
  eventSeq: row.event_seq,
  at: row.at,
  type: row.type as HistoryEntry['type'],
  cause: row.cause as HistoryEntry['cause'],
  actor: row.actor as HistoryEntry['actor'],
  device: row.device as HistoryEntry['device'],
  requestId: row.request_id as HistoryEntry['requestId'],
  events: JSON.parse(row.events) as HistoryEntry['events'],
});
