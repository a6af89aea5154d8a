import { isCallId } from 'ringback-protocol';
import type { AttemptCursor } from '../ports/outbox.ts';

const form = /^(\d{1,15})\/([a-z0-9][a-z0-9-]{0,31})\/(\d{1,15})\/([^/]+)\/(\d{1,9})\/(v1|v4)\/(\d{1,9})$/;

/** Where a page of attempts, or of parked events, ended, as text. */
export const writeAttemptPlace = ({ at, endpoint, startedAt, callId, eventSeq, format, part }: AttemptCursor): string =>
  [at, endpoint, startedAt, callId, eventSeq, format, part].join('/');

/** Undefined when it is no such text. */
export function readAttemptPlace(text: string): AttemptCursor | undefined {
  const [, at, endpoint = '', startedAt, callId = '', eventSeq, format = '', part] = form.exec(text) ?? [];
  if (!isCallId(callId)) return undefined;
  return {
    at: Number(at),
    endpoint,
    startedAt: Number(startedAt),
    callId,
    eventSeq: Number(eventSeq),
    format,
    part: Number(part),
  };
}
