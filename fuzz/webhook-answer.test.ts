import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { retryAfter } from '../packages/server/src/base/retry-after.ts';
import { formats } from '../packages/server/src/webhooks/formats.ts';

import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const hour = 3_600_000;
const now = 1_760_000_000_000;
const good = ['{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}', '{"ErrorCode":0,"ErrorMessage":"Success"}', 'OK'];

/** `ErrorCode` of an answer, which may begin with a byte order mark; undefined where there is none. */
function codeOf(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
    const members = new Map(Object.entries(Object(answer)));
    return members.get('ErrorCode');
  } catch {
    return undefined;
  }
}

describe('what a receiver of webhooks answers', () => {
  fuzzed(
    'is a success or a complaint in a sentence',
    fc.tuple(
      fc.oneof(fc.constantFrom(200, 204, 299, 301, 410, 429, 500, 0), fc.nat(999)),
      fc.oneof(spoilt(...good), noise),
    ),
    ([status, text]) => {
      for (const format of Object.values(formats)) {
        const complaint = format.complaint(status, text);
        expect(complaint.length).toBeLessThan(200);
        if (status < 200 || status > 299) expect(complaint).not.toBe('');
      }
      // By the letter of the documents, and as some receivers write it.
      const code = status >= 200 && status < 300 ? codeOf(text) : undefined;
      expect(formats.v1.complaint(status, text) === '', text).toBe(code === 0 || code === '0');
      // The API's own receivers are asked for a status alone.
      if (status >= 200 && status < 300) expect(formats.v4.complaint(status, text)).toBe('');
    },
  );

  fuzzed(
    'asks, as a push service does, for a pause within bounds, whatever it says',
    fc.oneof(spoilt('120', 'Wed, 21 Oct 2026 07:28:00 GMT', '0', '99999999999', '9'.repeat(400)), noise),
    (header) => {
      const pause = retryAfter(header, now, hour);
      if (pause !== undefined) expect(pause >= 0 && pause <= hour).toBe(true);
    },
  );
});
