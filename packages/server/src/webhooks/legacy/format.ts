import { legacyActions } from 'ringback-protocol';
import type { EventfulStep } from '../../ports/outbox.ts';
import type { Format, Telling } from '../format.ts';
import { legacyPolicy } from '../retry.ts';
import { legacyBody } from './body.ts';
import { happenings } from './happenings.ts';

/** Deliveries of the legacy API. Taken = an answer whose `ErrorCode` is 0. */
export const legacyFormat: Format = {
  commands: legacyActions,
  tell(step: EventfulStep): readonly Telling[] {
    const parts = new Map<number, number>();
    return happenings(step).map((happening) => {
      const { eventSeq, eventTime } = happening.event;
      const part = parts.get(eventSeq) ?? 0;
      parts.set(eventSeq, part + 1);
      return { eventSeq, part, eventTime, command: happening.action, body: legacyBody(step.call, happening) };
    });
  },
  query: (app, { command, clientIp, platform }) =>
    `sdkappid=${app}&command=${command}&contenttype=json` +
    `&clientip=${encodeURIComponent(clientIp)}&optplatform=${encodeURIComponent(platform)}`,
  complaint(status, text) {
    if (status < 200 || status >= 300) return `The receiver answered HTTP ${status}.`;
    let code: unknown;
    try {
      code = (JSON.parse(text.replace(/^\ufeff/, '')) as { ErrorCode?: unknown } | null)?.ErrorCode;
    } catch {
      // What is no JSON has no ErrorCode.
    }
    // Some receivers write numbers as text.
    return code === 0 || code === '0' ? '' : 'The answer has no ErrorCode 0.';
  },
  policy: legacyPolicy,
};
