import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { readJsonBody } from '../packages/server/src/gateway/body.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const good = [
  '{"CallId":"6a4f8a5c-0000-4000-8000-000000000000"}',
  '{"Robot_Account":"robot","CalleeList_Account":["jim","pam"],"Timeout":30000,"CallInfo":{"MediaType":"Video"}}',
  '{"AccountList":[{"UserID":"a","Nick":"\\ud83d\\ude00"},{"UserID":"b"}],"__proto__":{"admin":true}}',
  '{"CheckItem":[{"UserID":null}],"deep":[[[[{"x_Account":["a"]}]]]]}',
];

const isAccount = (name: string): boolean => name === 'UserID' || name.endsWith('_Account');
const isText = (value: unknown): boolean => typeof value === 'string';

/** Whether everything in a body is as checks 22 and 23 ask, by recursion, which the product cannot afford. */
function fits(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(fits);
  return Object.entries(value).every(
    ([name, inner]) =>
      name.isWellFormed() &&
      fits(inner) &&
      (!isAccount(name) || inner === null || isText(inner) || (Array.isArray(inner) && inner.every(isText))),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function judge(bytes: Buffer): void {
  const outcome = readJsonBody(bytes);
  let utf8 = true;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    utf8 = false;
  }
  const value = parsed(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  expect('body' in outcome).toBe(utf8 && isObject && fits(value));
  if ('body' in outcome) {
    expect(outcome.body).toEqual(value);
    expect(Object.getPrototypeOf(outcome.body)).toBe(Object.prototype);
  } else expect((outcome.failure.detail ?? '').length).toBeLessThan(200);
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
}

describe('the body of a request', () => {
  fuzzed('of text is taken where it is a fitting object, and only there', fc.oneof(spoilt(...good), noise), (text) =>
    judge(Buffer.from(text)),
  );

  fuzzed(
    'of bytes is taken where it is a fitting object, and only there',
    fc.tuple(spoilt(...good), fc.nat(200), fc.uint8Array({ maxLength: 4 })),
    ([text, at, bytes]) => {
      const good = Buffer.from(text);
      judge(Buffer.concat([good.subarray(0, at), bytes, good.subarray(at)]));
    },
  );
});
