import type { CallRecord } from 'ringback-engine';
import { type CallResult, callResults } from 'ringback-protocol';
import { spellSpan } from '../script/duration.ts';
import type { Expectation, ExpectedRecord } from '../script/script.ts';
import { type ReceivedPush, spellPush } from './push-inbox.ts';
import { type ReceivedWebhook, spellWebhook } from './receiver.ts';

/** What has come of a script. */
export interface Outcome {
  /** In the order of their calls. */
  readonly records: readonly CallRecord[];
  readonly webhooks: readonly ReceivedWebhook[];
  readonly pushes: readonly ReceivedPush[];
  readonly refusals: readonly string[];
}

/** A record in the words of scripts. */
export function spellRecord(
  record: CallRecord,
): Required<Omit<ExpectedRecord, 'ring' | 'talk'>> & { ring: string; talk: string } {
  const { result, caller, members, callType, mediaType, startedAt, acceptedAt, endedAt } = record;
  return {
    result,
    caller,
    members,
    type: callType,
    media: mediaType,
    ring: spellSpan((acceptedAt === 0 ? endedAt : acceptedAt) - startedAt),
    talk: spellSpan(acceptedAt === 0 ? 0 : endedAt - acceptedAt),
  };
}

/** How many records there are of each result. */
export function countOf(records: readonly CallRecord[]): Readonly<Partial<Record<CallResult, number>>> {
  const counts: Partial<Record<CallResult, number>> = {};
  for (const { result } of records) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** Where the outcome is not what the script expects; sentences. */
export function differences(expect: Expectation, { records, webhooks, pushes, refusals }: Outcome): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, got: unknown): void => {
    const [a, b] = [JSON.stringify(wanted), JSON.stringify(got)];
    if (a !== b) found.push(`${what}: expected ${a}, got ${b}`);
  };
  if (expect.recordCount !== undefined) compare('recordCount', expect.recordCount, records.length);
  if (expect.results !== undefined) {
    const got = countOf(records);
    for (const result of callResults) compare(`results.${result}`, expect.results[result] ?? 0, got[result] ?? 0);
  }
  if (expect.records !== undefined) {
    compare('how many records', expect.records.length, records.length);
    expect.records.forEach((wanted, index) => {
      const record = records[index];
      if (record === undefined) return;
      const got = spellRecord(record);
      for (const [key, value] of Object.entries(wanted)) {
        const spelled = typeof value === 'number' ? spellSpan(value) : value;
        compare(`records[${index}].${key}`, spelled, got[key as keyof typeof got]);
      }
    });
  }
  if (expect.webhooks !== undefined) {
    const got = webhooks.map(spellWebhook);
    compare('how many webhooks', expect.webhooks.length, got.length);
    expect.webhooks.forEach((wanted, index) => {
      if (got[index] !== undefined) compare(`webhooks[${index}]`, wanted, got[index]);
    });
  }
  if (expect.webhookCount !== undefined) compare('webhookCount', expect.webhookCount, webhooks.length);
  for (const { id, genuine } of webhooks) if (!genuine) found.push(`webhook ${id}: its signature is wrong`);
  const last = new Map<string, number>();
  for (const { id, callId, eventSeq } of webhooks) {
    const before = last.get(callId);
    if (before !== undefined && eventSeq !== before + 1) found.push(`webhook ${id}: it follows event ${before}`);
    last.set(callId, eventSeq);
  }
  if (expect.pushes !== undefined) compare('pushes', expect.pushes, pushes.map(spellPush));
  if (expect.refusals !== undefined) compare('refusals', expect.refusals, refusals);
  return found;
}
