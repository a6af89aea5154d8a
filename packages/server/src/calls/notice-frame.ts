import type { Notice } from 'ringback-engine';
import { callView, membersView } from './call-view.ts';

/** The params of a notice, as the signalling protocol writes them. */
export function noticeParams(notice: Notice): object {
  switch (notice.method) {
    case 'callReceived':
      return callView(notice.call, notice.userId);
    case 'callChanged': {
      const { call, eventSeq, changed } = notice;
      return { callId: call.callId, eventSeq, changed, members: membersView(call), mediaType: call.mediaType };
    }
    case 'callEnded': {
      const { callId, eventSeq, reason, userId, result, totalTime } = notice;
      return { callId, eventSeq, reason, userId, result, totalTime };
    }
  }
}

/** A notice as the whole JSON-RPC text, made once for all who get it. */
export const noticeFrame = (notice: Notice): string =>
  JSON.stringify({ jsonrpc: '2.0', method: notice.method, params: noticeParams(notice) });
