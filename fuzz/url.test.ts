import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { originForm, parseQuery, pathOf, splitPath } from '../packages/server/src/gateway/url.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const good =
  '/v4/call_engine_http_srv/get_call_info?sdkappid=1400000001&identifier=administrator&usersig=eJw1*y0-L_&random=99&contenttype=json';
const names = ['sdkappid', 'identifier', 'usersig', 'random', 'contenttype'] as const;

/** Undefined where a text is no form encoding of UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** What the query says, read in the slow and obvious way. */
function slowly(query: string): ReturnType<typeof parseQuery> {
  const read = new Map<string, string>();
  let duplicate: string | undefined;
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const [name = '', ...rest] = pair.split('=');
    const [key, value] = [decoded(name), decoded(rest.join('='))];
    if (key === undefined || value === undefined) return undefined;
    if (read.has(key)) duplicate ??= key;
    else read.set(key, value);
  }
  const known = Object.fromEntries(names.map((name) => [name, read.get(name)]));
  return { ...known, duplicate } as ReturnType<typeof parseQuery>;
}

describe('the URL of a request', () => {
  fuzzed('is read as a slow reader would', fc.oneof(spoilt(good), noise), (target) => {
    const mark = target.indexOf('?');
    const query = mark < 0 ? '' : target.slice(mark + 1);
    expect(parseQuery(target, mark < 0 ? target.length : mark + 1)).toEqual(slowly(query));
  });

  fuzzed('has a path of three parts, or is refused', fc.oneof(spoilt(good), noise), (target) => {
    const path = pathOf(originForm(target));
    const parts = splitPath(path);
    if (parts === undefined) return;
    expect(parts).toHaveLength(3);
    expect(path.split('/').slice(1).map(decodeURIComponent)).toEqual(parts);
    expect(parts.every((part) => part !== '')).toBe(true);
  });
});
