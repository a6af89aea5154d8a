import { signal } from '@preact/signals';
import { en } from '../texts/en.ts';
import type { RefusalTexts, Texts } from '../texts/texts.ts';

/** The languages of the console, each by its own name. */
export const languages = { en: 'English', ko: '한국어', zh: '中文' } as const;
export type Language = keyof typeof languages;

const kept = 'ringback.language';
const isLanguage = (text: string): text is Language => Object.hasOwn(languages, text);

/** What was chosen, else the first of the browser's languages that there is. */
const first = (): Language =>
  [localStorage.getItem(kept) ?? '', ...navigator.languages.map((one) => one.slice(0, 2))].find(isLanguage) ?? 'en';

export const language = signal<Language>('en');
const texts = signal<Texts>(en);
const refusals = signal<Partial<RefusalTexts>>({});

/** Loads the texts of the language to begin with. */
export async function startLanguage(): Promise<void> {
  await speak(first());
}

/** Chooses a language, and keeps it. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(kept, chosen);
  await speak(chosen);
}

const readKo = async () => ({
  texts: (await import('../texts/ko.ts')).ko as Texts,
  refusals: (await import('../texts/ko-refusals.ts')).koRefusals,
});

const readZh = async () => ({
  texts: (await import('../texts/zh.ts')).zh as Texts,
  refusals: (await import('../texts/zh-refusals.ts')).zhRefusals,
});

async function speak(chosen: Language): Promise<void> {
  const read = { en: async () => ({ texts: en, refusals: {} }), ko: readKo, zh: readZh }[chosen];
  const { texts: all, refusals: refused } = await read();
  texts.value = all;
  refusals.value = refused;
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** What stands in the braces of a text. */
export type Parts = Readonly<Record<string, string | number>>;

/** A text with what stands in its braces. */
export const fill = (text: string, parts: Parts): string =>
  text.replace(/\{(\w+)\}/g, (_, part: string) => String(parts[part] ?? ''));

/** A text in the language chosen, with what stands in its braces. */
export function say(name: keyof Texts, parts: Parts = {}): string {
  return fill(texts.value[name], parts);
}

/** A text by a name that may not be one. */
export function sayOr(name: string, otherwise: string, parts: Parts = {}): string {
  return Object.hasOwn(texts.value, name) ? say(name as keyof Texts, parts) : otherwise;
}

/** What the server refused, by the code of its sentence; undefined where only the server has words, as in English. */
export function refusalIn(code: string, data: Parts): string | undefined {
  const text = Object.hasOwn(refusals.value, code) ? refusals.value[code as keyof RefusalTexts] : undefined;
  return text === undefined ? undefined : fill(text, data);
}
