import { type ErrorName, errors } from 'ringback-protocol';
import type { ErrorTexts } from '../texts/texts.ts';
import type { Readers } from './translated.ts';

/** Where the words about errors are. */
export const errorReaders: Readers<ErrorTexts> = {
  ko: async () => (await import('../texts/ko-errors.ts')).koErrors,
  zh: async () => (await import('../texts/zh-errors.ts')).zhErrors,
};

/** What an error is, by its name; in English where there are no other texts, and the name where there is no such error. */
export function errorTitle(name: string, texts: ErrorTexts | undefined): string {
  if (!Object.hasOwn(errors, name)) return name;
  return texts?.[name as ErrorName][0] ?? errors[name as ErrorName].text;
}

/** An error with its number, and with what is said of it in the language chosen. */
export interface ErrorWords {
  readonly name: string;
  readonly code: number;
  readonly text: string;
  readonly cause: string;
  readonly fix: string;
  /** What a search looks through: a number, a name, words of the language or of the answer, which is in English. */
  readonly found: string;
}

/** Those of the REST API by their number, then those of devices, then those of the settings API, which are HTTP statuses. */
const place = (code: number): number => (code >= 1000 ? code : code < 0 ? 1e6 - code : 1e7 + code);

/** All errors; in English where there are no other texts. */
export const errorWords = (texts: ErrorTexts | undefined): readonly ErrorWords[] =>
  (Object.keys(errors) as ErrorName[])
    .map((name) => {
      const { code, text: english, cause: why, fix: what } = errors[name];
      const [text, cause, fix] = texts?.[name] ?? [english, why, what];
      return { name, code, text, cause, fix, found: `${code} ${name} ${text} ${cause} ${english}`.toLowerCase() };
    })
    .sort((one, other) => place(one.code) - place(other.code));
