import { signal } from '@preact/signals';
import { en } from '../texts/en.ts';
import type { Texts } from '../texts/texts.ts';

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

/** Loads the texts of the language to begin with. */
export async function startLanguage(): Promise<void> {
  await speak(first());
}

/** Chooses a language, and keeps it. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(kept, chosen);
  await speak(chosen);
}

async function speak(chosen: Language): Promise<void> {
  if (chosen === 'en') texts.value = en;
  else if (chosen === 'ko') texts.value = (await import('../texts/ko.ts')).ko;
  else texts.value = (await import('../texts/zh.ts')).zh;
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** A text in the language chosen, with what stands in its braces. */
export function say(name: keyof Texts, parts: Readonly<Record<string, string | number>> = {}): string {
  return texts.value[name].replace(/\{(\w+)\}/g, (_, part: string) => String(parts[part] ?? ''));
}

/** A text by a name that may not be one. */
export function sayOr(name: string, otherwise: string): string {
  return Object.hasOwn(texts.value, name) ? say(name as keyof Texts) : otherwise;
}
