import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import * as chatPackage from '../src/chat.ts';
import * as sdk from '../src/index.ts';
import {
  originalChat,
  originalErrors,
  originalEvents,
  originalEventsLeftOut,
  originalExports,
  originalMethods,
  originalProperties,
  originalStatics,
} from './original-interface.ts';

interface Row {
  readonly name: string;
  readonly detail: string;
  readonly status: string;
  readonly text: string;
}

const page = readFileSync(join(fileURLToPath(new URL('../../..', import.meta.url)), 'docs/reference/sdk.md'), 'utf8');

/** The rows of the table under a heading. */
function rows(heading: string): readonly Row[] {
  const from = page.indexOf(`\n## ${heading}\n`);
  expect([heading, from]).not.toEqual([heading, -1]);
  const to = page.indexOf('\n## ', from + 1);
  const lines = page.slice(from, to < 0 ? undefined : to).split('\n');
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const bare = (cell: string | undefined) => (cell ?? '').replace(/^`|`$/g, '');
      return { name: bare(cells[1]), detail: bare(cells[2]), status: cells[3] ?? '', text: cells[4] ?? '' };
    });
}

const names = (heading: string): readonly string[] => rows(heading).map(({ name }) => name);
const sorted = (list: readonly string[]): readonly string[] => [...list].sort();

/** Names on the prototypes of a class, its bases included. */
function prototypeNames(type: { readonly prototype: object }): readonly string[] {
  const found = new Set<string>();
  for (let at: object | null = type.prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') found.add(name);
  return [...found];
}

/** Of the engine's own, not to be called by applications: `protected` in its declaration. */
const internals = [
  'run',
  'tell',
  'tellError',
  'tellDevices',
  'signedIn',
  'theCall',
  'local',
  'devices',
  'prompted',
  'givePromptsUp',
  'dispose',
  'earlierLeft',
];

describe('the table of what is supported', () => {
  it('has every static method of the engine, and no other', () => {
    const real = Object.getOwnPropertyNames(sdk.TUICallEngine).filter(
      (name) => !['length', 'name', 'prototype'].includes(name),
    );
    expect(sorted(names('The engine: static methods'))).toEqual(sorted(real));
    expect(real).toEqual(expect.arrayContaining([...originalStatics]));
  });

  it('has every method of the engine, and no other', () => {
    const real = prototypeNames(sdk.TUICallEngine);
    expect(sorted([...names('The engine: methods'), ...internals])).toEqual(sorted(real));
    expect(real).toEqual(expect.arrayContaining([...originalMethods]));
  });

  it('has every property of the engine, and no other', () => {
    const engine = sdk.TUICallEngine.createInstance({ SDKAppID: 1 });
    const real = Object.getOwnPropertyNames(engine).filter((name) => !['ownChat', 'locks'].includes(name));
    expect(sorted(names('The engine: properties'))).toEqual(sorted(real));
    expect(real).toEqual(expect.arrayContaining([...originalProperties]));
    return engine.destroyInstance();
  });

  it('has every event with its value, and no other; and so has the enumeration those of the original', () => {
    const shown = Object.fromEntries(rows('Events').map(({ name, detail }) => [name, detail.replace(/['"]/g, '')]));
    expect(shown).toEqual(sdk.TUICallEvent);
    expect(sdk.TUICallEvent).toEqual(originalEvents);
    expect(names('Not there')).toEqual(expect.arrayContaining([...originalEventsLeftOut]));
    for (const name of names('Not there')) expect(sdk.TUICallEvent).not.toHaveProperty(name);
  });

  it('has every error with its number, and no other; the numbers of the original are among them', () => {
    const shown = Object.fromEntries(rows('Errors').map(({ name, detail }) => [name, Number(detail)]));
    expect(shown).toEqual(sdk.CallError);
    expect(new Set(Object.values(sdk.CallError))).toEqual(new Set(originalErrors));
    // What arises in the SDK is one of them.
    for (const { code } of Object.values(sdk.localErrors)) expect(originalErrors).toContain(code);
  });

  it('names no number of six digits that nobody answers', () => {
    const known = new Set<number>([...Object.values(errors).map(({ code }) => code), ...Object.values(sdk.CallError)]);
    for (const { name, text } of rows('Errors'))
      for (const [number] of text.matchAll(/(?<!\d)\d{6}(?!\d)/g))
        expect([name, number, known.has(Number(number))]).toEqual([name, number, true]);
  });

  it('has every export, constants with their members, and no other', () => {
    const tables = ['Constants', 'Other exports'].flatMap(names);
    const real = Object.keys(sdk);
    expect(sorted([...tables, 'TUICallEvent', 'CallError'])).toEqual(sorted(real));
    expect(real).toEqual(expect.arrayContaining([...originalExports]));
    for (const { name } of rows('Constants')) {
      const line = page.split('\n').find((one) => one.startsWith(`| \`${name}\` |`)) ?? '';
      const members = Object.fromEntries(
        [...line.matchAll(/`(\S+) ("[^"]*"|'[^']*'|-?\d+)`/g)].map(([, key, value]) => [
          key,
          value?.replace(/['"]/g, ''),
        ]),
      );
      const constant = (sdk as unknown as Readonly<Record<string, object>>)[name] ?? {};
      const texts = Object.fromEntries(Object.entries(constant).map(([key, value]) => [key, String(value)]));
      expect([name, members]).toEqual([name, texts]);
    }
  });

  it('has every method of the media engine and of chat, and no other', () => {
    const media = prototypeNames(sdk.TRTCCloud).filter((name) => !['emit', 'attach'].includes(name));
    expect(sorted(names('Media engine'))).toEqual(sorted(media));
    const real = prototypeNames(chatPackage.Chat).filter((name) => name !== 'isDestroyed');
    expect(sorted(names('Chat'))).toEqual(sorted(real));
    expect(real).toEqual(expect.arrayContaining([...originalChat]));
  });

  it('says of each name whether it is supported, in a sentence', () => {
    const headings = ['The engine: static methods', 'The engine: methods', 'Events', 'Errors', 'Media engine', 'Chat'];
    for (const { name, status, text } of headings.flatMap(rows)) {
      expect([name, status]).toEqual([name, expect.stringMatching(/^(supported|differs|not supported)$/)]);
      expect([name, text]).toEqual([name, expect.stringMatching(/\.$/)]);
    }
  });
});
