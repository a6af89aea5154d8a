/** The query parameters that the API knows; undefined when absent. */
export interface Query {
  readonly sdkappid: string | undefined;
  readonly identifier: string | undefined;
  readonly usersig: string | undefined;
  readonly random: string | undefined;
  readonly contenttype: string | undefined;
  /** A name that came twice. */
  readonly duplicate: string | undefined;
}

/**
 * Reads the query of a request target from `start` on; undefined when a percent-encoding is broken.
 *
 * Written by hand because every request pays for it. Names and values are form-encoded, as the encoders of Java, Go, PHP
 * and Python write them: `+` is a blank. (No UserSig holds a `+`; an identifier that does must be written with `%2B`.)
 */
export function parseQuery(target: string, start: number): Query | undefined {
  const values: (string | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  const encoded = target.indexOf('%', start) >= 0 || target.indexOf('+', start) >= 0;
  let duplicate: string | undefined;
  let others: Set<string> | undefined;
  let from = start;
  while (from < target.length) {
    let to = target.indexOf('&', from);
    if (to < 0) to = target.length;
    if (to > from) {
      let equals = target.indexOf('=', from);
      if (equals < 0 || equals > to) equals = to;
      let place = placeOf(target, from, equals);
      let name: string | undefined = '';
      if (place < 0) {
        name = target.slice(from, equals);
        if (encoded) {
          name = decode(name);
          place = name === undefined ? -1 : placeOf(name, 0, name.length);
        }
      }
      let value: string | undefined = target.slice(equals + 1, to);
      if (encoded) value = decode(value);
      if (name === undefined || value === undefined) return undefined;
      if (place < 0) {
        others ??= new Set();
        if (others.has(name)) duplicate ??= name;
        others.add(name);
      } else if (values[place] === undefined) values[place] = value;
      else duplicate ??= knownNames[place];
    }
    from = to + 1;
  }
  const [sdkappid, identifier, usersig, random, contenttype] = values;
  return { sdkappid, identifier, usersig, random, contenttype, duplicate };
}

const knownNames = ['sdkappid', 'identifier', 'usersig', 'random', 'contenttype'] as const;

/** The places of the known names by their lengths, which all differ: one look at the length, one comparison in place. */
const placesByLength: readonly number[] = Array.from({ length: 12 }, (_, length) =>
  knownNames.findIndex((name) => name.length === length),
);

/** The place among the known names of the one that stands between two places of a text; -1 when it is none of them. */
function placeOf(text: string, from: number, to: number): number {
  const place = placesByLength[to - from] ?? -1;
  return place >= 0 && text.startsWith(knownNames[place] as string, from) ? place : -1;
}

/** Undoes form encoding; undefined when a percent-encoding is broken or is not UTF-8. */
function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/**
 * The target of a request from its path on: proxies may send the whole address. `*` and whatever else is no path stays
 * as it is.
 */
export function originForm(target: string): string {
  if (target.charCodeAt(0) === 47 || !/^https?:\/\//i.test(target)) return target;
  const path = target.indexOf('/', target.indexOf('//') + 2);
  if (path >= 0) return target.slice(path);
  const query = target.indexOf('?');
  return query < 0 ? '/' : `/${target.slice(query)}`;
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}

/** The three decoded parts of `/<version>/<servicename>/<command>`; undefined when a path is not of that form. */
export function splitPath(path: string): readonly [string, string, string] | undefined {
  const parts = path.split('/', 5);
  if (parts.length !== 4 || parts[0] !== '') return undefined;
  const [version, service, command] = parts.slice(1).map(decodePart);
  return version && service && command ? [version, service, command] : undefined;
}

function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
