import { isUtf8 } from 'node:buffer';
import type { Failure } from './authenticator.ts';

/** A body that passed checks 22 and 23, or why it did not. */
export type BodyOutcome = { readonly body: object } | { readonly failure: Failure };

const refuse = (detail: string): BodyOutcome => ({ failure: { name: 'body_not_json', detail } });

const byteOrderMark = 0xfeff;

/**
 * Checks 22 and 23 on the bytes of a body: one JSON object in UTF-8 whose accounts are strings.
 * Of duplicate keys the last wins; `__proto__` is a member like any other.
 */
export function readJsonBody(bytes: Buffer): BodyOutcome {
  if (bytes.length === 0) return refuse('The request body is empty; a command without fields takes {}.');
  let text = bytes.toString('utf8');
  // What is not UTF-8 has become U+FFFD; a text without one needs no further look.
  if (text.includes('\ufffd') && !isUtf8(bytes)) return refuse('The request body is not UTF-8.');
  if (text.charCodeAt(0) === byteOrderMark) text = text.slice(1);

  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse('The request body is not valid JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse('The request body is JSON, but not an object.');
  }
  // Bytes of UTF-8 hold no half of a surrogate pair; only an escape can bring one in.
  const failure = inspect(body, text.includes('\\u'));
  return failure === undefined ? { body } : { failure };
}

/** Half of a surrogate pair: with the flag `u`, whole pairs are single characters that do not match. */
const loneSurrogate = /[\ud800-\udfff]/u;

/**
 * Looks at everything in a body, however deep: a list of what is to be seen instead of recursion, because a body may be
 * nested deeper than the stack. `escaped`: the text may hold halves of surrogate pairs.
 */
function inspect(body: object, escaped: boolean): Failure | undefined {
  const waiting: object[] = [];
  for (let here: object | undefined = body; here !== undefined; here = waiting.pop()) {
    if (Array.isArray(here)) {
      for (const item of here as readonly unknown[]) {
        if (typeof item === 'object' && item !== null) waiting.push(item);
        else if (escaped && typeof item === 'string' && loneSurrogate.test(item)) return brokenText;
      }
      continue;
    }
    for (const name of Object.keys(here)) {
      const value = (here as Readonly<Record<string, unknown>>)[name];
      if (escaped && (loneSurrogate.test(name) || (typeof value === 'string' && loneSurrogate.test(value)))) {
        return brokenText;
      }
      if (isAccountName(name) && !isAccountValue(value)) {
        return { name: 'account_not_string', detail: `${shorten(name)} must be a string or an array of strings` };
      }
      if (typeof value === 'object' && value !== null) waiting.push(value);
    }
  }
  return undefined;
}

const brokenText: Failure = {
  name: 'body_not_json',
  detail: 'The request body holds half of a surrogate pair, which is not a character.',
};

const isAccountName = (name: string): boolean => name === 'UserID' || name.endsWith('_Account');

/** `null` means absent. */
const isAccountValue = (value: unknown): boolean =>
  typeof value === 'string' ||
  value === null ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string'));

/** Names come from the caller; a long one does not belong in a sentence. */
const shorten = (name: string): string =>
  name.length <= 40 ? name : `…${name.slice(-40).replace(/^[\udc00-\udfff]/, '')}`;
